"""What the preflight finds on the boards of test/bootstrap/fixtures, before and after they have booted with their files."""

import os
import unittest

import boards
import collection

GIBIBYTE = 1 << 30


def booted(board, folder="boot/firmware"):
    """The board once it has booted with its files: the memory controller is on, pages are small."""
    board.write("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n")
    board.write("proc/self/smaps", "KernelPageSize:        4 kB\n")
    return board


class Example(unittest.TestCase):
    """The probes that are committed for the example fleet."""

    def codes(self, board, device, when):
        return [answer["code"] for answer in board.ask(boards.rendered(device), when) if not answer["ok"]]

    def test_a_pi_5_as_it_is_flashed_may_begin(self):
        self.assertEqual(self.codes(boards.Board(self, "pi-5-8"), "pi-1", "first"), [])

    def test_a_pi_5_that_booted_without_its_files_may_not_go_on(self):
        self.assertEqual(self.codes(boards.Board(self, "pi-5-8"), "pi-1", "after-boot"), ["FL4115", "FL4112"])

    def test_a_pi_5_that_booted_with_its_files_may_go_on(self):
        self.assertEqual(self.codes(booted(boards.Board(self, "pi-5-8")), "pi-1", "after-boot"), [])

    def test_an_orin_nx_may_begin_and_go_on(self):
        board = boards.Board(self, "jetson-orin-nx-16")
        self.assertEqual((self.codes(board, "jetson-1", "first"), self.codes(board, "jetson-1", "after-boot")), ([], []))

    def test_every_problem_is_named_at_once(self):
        board = boards.Board(self, "jetson-orin-nano-8-jetpack-5", answers={"lsblk": None, "nvidia-ctk": None, "timedatectl": "no\n"})
        board.clock_seconds = boards.NOW - 3 * 365 * 86400
        board.write("sys/fs/cgroup/cgroup.controllers", "cpu io\n").write("etc/nvpmodel.conf", None)
        found = board.ask(boards.rendered("jetson-1"), "first")
        bad = [(answer["probe"], answer["code"]) for answer in found if not answer["ok"]]
        self.assertEqual(
            bad,
            [
                ("board", "FL4113"),
                ("possible-cpu-cores", "FL4113"),
                ("memory", "FL4113"),
                ("clock", "FL4118"),
                ("clock-synchronised", "FL4118"),
                ("cgroup-controller", "FL4112"),
                ("power-mode", "FL4119"),
                ("program", "FL4119"),
            ],
        )
        for answer in found:
            if not answer["ok"]:
                self.assertRegex(answer["message"], r"^FL41\d\d: .+; .+\. fix: .+")


class Boards(unittest.TestCase):
    def test_a_foreign_board_is_unknown_and_another_known_one_is_the_wrong_one(self):
        self.assertIn("FL4111: it is Radxa ROCK 5B (radxa,rock-5b, rockchip,rk3588), a board that Fogline does not know", boards.Board(self, "unknown").problem(**{"probe": "board", "is": "pi-5-8"}))
        self.assertIn("FL4113: it is Raspberry Pi 4 Model B Rev 1.4", boards.Board(self, "pi-4-8").problem(**{"probe": "board", "is": "pi-5-8"}))
        self.assertIn("`hardware: pi-4-8`", boards.Board(self, "pi-4-8").problem(**{"probe": "board", "is": "pi-5-8"}))

    def test_a_machine_without_a_device_tree_is_not_a_pi(self):
        board = boards.Board(self, "unknown").write("sys/firmware/devicetree/base/compatible", None)
        self.assertIn("FL4111", board.problem(**{"probe": "board", "is": "pi-5-8"}))

    def test_the_right_model_with_other_memory_is_refused_with_both_sizes(self):
        found = boards.Board(self, "pi-4-2").problem(**{"probe": "board", "is": "pi-4-8"})
        self.assertIn("with 2 GiB of memory, the fleet says pi-4-8, which has 8 GiB", found)
        self.assertIn("`hardware: pi-4-2`", found)

    def test_more_memory_than_stated_is_refused_too(self):
        # Reservations and placement would go by the smaller board.
        self.assertIn("with 8 GiB of memory", boards.Board(self, "pi-4-8").problem(**{"probe": "board", "is": "pi-4-4"}))

    def test_a_jetsons_memory_is_in_the_name_of_its_module(self):
        self.assertIn("FL4113", boards.Board(self, "jetson-orin-nx-8").problem(**{"probe": "board", "is": "jetson-orin-nx-16"}))
        self.assertIsNone(boards.Board(self, "jetson-orin-nx-16-super").problem(**{"probe": "board", "is": "jetson-orin-nx-16"}))

    def test_memory_that_a_setting_hides_is_a_setting_to_take_out(self):
        board = boards.Board(self, "pi-4-8").write("proc/meminfo", "MemTotal: 1900000 kB\n")
        self.assertIn("take `total_mem` out of config.txt", board.problem(probe="memory", leastBytes=7 * GIBIBYTE))


class Software(unittest.TestCase):
    def test_32_bit_programs_are_refused_although_the_kernel_has_64(self):
        board = boards.Board(self, "pi-4-4-32-bit")
        self.assertIsNone(board.problem(**{"probe": "architecture", "is": "arm64"}))
        self.assertIn("FL4114: its programs are of armhf, not arm64, although its kernel is of arm64", board.problem(**{"probe": "userland", "is": "arm64"}))

    def test_a_missing_memory_controller_is_named_with_the_words_and_the_file(self):
        found = boards.Board(self, "pi-4-8").problem(probe="cgroup-controller", name="memory")
        self.assertIn("FL4112: its kernel has no controller for memory: /sys/fs/cgroup/cgroup.controllers lists cpuset cpu io pids", found)
        self.assertIn("`cgroup_memory=1 cgroup_enable=memory` in the one line of /boot/firmware/cmdline.txt", found)
        self.assertIn("/boot/cmdline.txt", boards.Board(self, "pi-4-8-bullseye").problem(probe="cgroup-controller", name="memory"))

    def test_pages_of_16_kib_are_named_with_the_kernel_that_has_small_ones(self):
        found = boards.Board(self, "pi-5-8").problem(probe="page-size", bytes=4096)
        self.assertIn("its pages have 16 KiB, not 4 KiB", found)
        self.assertIn("`kernel=kernel8.img` in /boot/firmware/config.txt", found)

    def test_ubuntu_22_04_lacks_vxlan_and_says_the_package(self):
        board = boards.Board(self, "pi-4-8-ubuntu-22.04")
        self.assertIn("apt-get install linux-modules-extra-raspi", board.problem(probe="kernel-module", name="vxlan"))
        self.assertIsNone(board.problem(probe="kernel-module", name="ip_set"))

    def test_a_tegra_kernel_without_ip_set_is_refused(self):
        board = boards.Board(self, "jetson-orin-nano-8-jetpack-5")
        board.write("lib/modules/5.10.120-tegra/modules.dep", "kernel/net/netfilter/xt_comment.ko:\n")
        self.assertIn("FL4112: its kernel 5.10.120-tegra has no module ip_set", board.problem(probe="kernel-module", name="ip_set"))
        self.assertIn("Jetson Linux", board.problem(probe="kernel-module", name="ip_set"))

    def test_a_kernel_that_was_replaced_under_its_feet_is_to_be_booted(self):
        board = boards.Board(self, "pi-5-8").write("proc/sys/kernel/osrelease", "6.6.31+rpt-rpi-2712\n")
        self.assertIn("reboot", board.problem(probe="kernel-module", name="vxlan"))

    def test_a_toolkit_that_is_too_old_is_refused_unless_the_board_can_get_another(self):
        board = boards.Board(self, "jetson-orin-nx-16", answers={"nvidia-ctk": "NVIDIA Container Toolkit CLI version 1.9.0\n"})
        probe = {"probe": "program", "name": "nvidia-ctk", "least": "1.11.0"}
        self.assertIn("FL4119: its nvidia-ctk is version 1.9.0, at least 1.11.0 is needed", board.problem(**probe))
        board.answers["apt-cache"] = "nvidia-container-toolkit:\n  Installed: (none)\n  Candidate: 1.14.2-1\n"
        self.assertIn("FL4119", board.problem(**probe))
        self.assertIsNone(board.problem(package="nvidia-container-toolkit", **probe))
        board.answers["apt-cache"] = "nvidia-container-toolkit:\n  Installed: (none)\n  Candidate: (none)\n"
        self.assertIn("FL4119", board.problem(package="nvidia-container-toolkit", **probe))

    def test_watts_that_no_mode_keeps_are_refused_with_the_modes_there_are(self):
        board = boards.Board(self, "jetson-orin-nano-8-jetpack-5")
        self.assertIsNone(board.problem(probe="power-mode", watts=10, uncappedFromWatts=25))
        self.assertIn("FL4119: no power mode can be taken from /etc/nvpmodel.conf: none of its modes (15W, 7W) is at or below 5 W", board.problem(probe="power-mode", watts=5))
        board.write("etc/nvpmodel.conf", None)
        self.assertIn("FL4119: it has no /etc/nvpmodel.conf", board.problem(probe="power-mode", watts=15))

    def test_versions_are_compared_as_numbers(self):
        board = boards.Board(self, "jetson-orin-nx-16", answers={"nvidia-ctk": "version 1.9.0\n"})
        self.assertIsNone(board.problem(probe="program", name="nvidia-ctk", least="1.2.0"))

    def test_a_probe_that_nobody_knows_is_a_problem(self):
        self.assertIn("does not know how to ask for radar", boards.Board(self, "pi-5-8").problem(probe="radar"))

    def test_either_of_two_places_of_a_file_is_enough(self):
        probe = {"probe": "file", "path": "/boot/firmware/cmdline.txt", "or": "/boot/cmdline.txt"}
        self.assertIsNone(boards.Board(self, "pi-4-8-bullseye").problem(**probe))
        self.assertIn("no /boot/firmware/cmdline.txt and no /boot/cmdline.txt", boards.Board(self, "unknown").problem(**probe))


class Disks(unittest.TestCase):
    label = {"probe": "file-system-label", "label": "fogline-data", "leastBytes": 8_000_000_000}

    def test_the_data_disk_is_found_by_its_label(self):
        self.assertIsNone(boards.Board(self, "pi-5-8").problem(**self.label))
        self.assertIn("no file system has the label fogline-data", boards.Board(self, "pi-4-8").problem(**self.label))

    def test_a_disk_that_is_to_become_the_data_disk_needs_no_label_and_must_be_there(self):
        board = boards.Board(self, "pi-4-8").write("dev/disk/by-id/usb-T7", "")
        self.assertIsNone(board.problem(data_disk="/dev/disk/by-id/usb-T7", **self.label))
        self.assertIn("there is no disk /dev/disk/by-id/usb-T5", board.problem(data_disk="/dev/disk/by-id/usb-T5", **self.label))

    def test_a_data_disk_that_is_too_small_is_refused_with_both_sizes(self):
        found = boards.Board(self, "pi-5-8").problem(**{**self.label, "leastBytes": 1 << 40})
        self.assertIn("FL4117: the file system fogline-data has 232.9 GiB, at least 1024 GiB are needed", found)

    def test_the_systems_disk_must_be_large_enough_and_have_room(self):
        board = boards.Board(self, "pi-5-8")
        state = os.statvfs(board.folder)
        total, free = state.f_blocks * state.f_frsize, state.f_bavail * state.f_frsize
        self.assertIsNone(board.problem(probe="disk", path="/", leastBytes=total // 2, leastFreeBytes=0))
        self.assertIn("FL4117: the file system of / has", board.problem(probe="disk", path="/", leastBytes=total * 2, leastFreeBytes=0))
        self.assertIn("are free in the file system of /", board.problem(probe="disk", path="/", leastBytes=0, leastFreeBytes=free * 2))


class Membership(unittest.TestCase):
    asks = {"probe": "membership", "fleet": "demo", "device": "pi-1", "cluster": "edge-pi"}

    def board(self, text):
        return boards.Board(self, "pi-5-8").write("etc/fogline/identity.yaml", text)

    def test_a_machine_without_a_note_is_nobodys(self):
        self.assertIsNone(boards.Board(self, "pi-5-8").problem(**self.asks))

    def test_its_own_place_is_no_problem(self):
        self.assertIsNone(self.board("# Written by `fogline bootstrap`.\nfleet: demo\ndevice: pi-1\ncluster: edge-pi\n").problem(**self.asks))

    def test_another_fleet_and_another_slot_are_refused(self):
        self.assertIn("FL4116: it is pi-1 of the fleet other, not pi-1 of demo", self.board("fleet: other\ndevice: pi-1\n").problem(**self.asks))
        self.assertIn("FL4116: it is pi-2 of the fleet demo, not pi-1 of demo", self.board("fleet: demo\ndevice: pi-2\n").problem(**self.asks))

    def test_a_node_of_another_cluster_is_refused_while_k3s_is_there(self):
        board = self.board("fleet: demo\ndevice: pi-1\ncluster: hall\n")
        self.assertIsNone(board.problem(**self.asks))
        board.write("etc/rancher/k3s/config.yaml", "")
        self.assertIn("FL4116: it is a node of the cluster hall, and the fleet says edge-pi", board.problem(**self.asks))
        self.assertIn("the fleet says that it belongs to none", board.problem(probe="membership", fleet="demo", device="pi-1"))


class Clock(unittest.TestCase):
    def test_a_clock_that_is_off_by_years_is_refused_and_one_that_is_off_by_a_minute_is_not(self):
        board = boards.Board(self, "pi-5-8")
        for off, code in ((60, None), (-60, None), (3 * 365 * 86400, "FL4118"), (-301, "FL4118"), (301, "FL4118")):
            board.clock_seconds = boards.NOW + off
            found = board.problem(probe="clock", withinSeconds=300)
            self.assertEqual(found[:6] if found else None, code, off)

    def test_both_clocks_are_named(self):
        board = boards.Board(self, "pi-5-8")
        board.clock_seconds = 0
        self.assertIn("its clock says 1970-01-01 00:00:00 UTC, this machine's says 2025-10-09 08:53:20 UTC", board.problem(probe="clock", withinSeconds=300))


class Reading(unittest.TestCase):
    def test_the_rendered_probes_are_read_as_they_are_written(self):
        rows = boards.rendered("pi-1")
        self.assertGreater(len(rows), 12)
        for row in rows:
            self.assertTrue({"probe", "severity", "when", "why"} <= set(row), row)
        self.assertTrue(os.path.isdir(collection.COLLECTION))


if __name__ == "__main__":
    unittest.main()
