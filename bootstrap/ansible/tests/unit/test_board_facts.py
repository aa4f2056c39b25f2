"""What the module reads from the boards of test/bootstrap/fixtures."""

import ast
import gzip
import os
import unittest

import boards
import collection
from ansible_collections.fogline.edge.plugins.module_utils import board_identity, kernel
from ansible_collections.fogline.edge.plugins.module_utils.boards import BOARDS
from ansible_collections.fogline.edge.plugins.module_utils.machine import Machine

GIBIBYTE = 1 << 30


class Identity(unittest.TestCase):
    def test_each_board_is_known_by_its_name_in_the_fleet_file(self):
        names = {name: boards.Board(self, name).facts()["board"]["name"] for name in boards.ALL}
        self.assertEqual(
            names,
            {
                "jetson-agx-orin-64": "jetson-agx-orin-64",
                "jetson-orin-nano-4": "jetson-orin-nano-4",
                "jetson-orin-nano-8": "jetson-orin-nano-8",
                "jetson-orin-nano-8-jetpack-5": "jetson-orin-nano-8",
                "jetson-orin-nx-16": "jetson-orin-nx-16",
                "jetson-orin-nx-16-super": "jetson-orin-nx-16",
                "jetson-orin-nx-8": "jetson-orin-nx-8",
                "pi-4-2": "pi-4-2",
                "pi-4-4-32-bit": "pi-4-4",
                "pi-4-8": "pi-4-8",
                "pi-4-8-bullseye": "pi-4-8",
                "pi-4-8-ubuntu-22.04": "pi-4-8",
                "pi-5-8": "pi-5-8",
                "pi-5-8-ubuntu-24.04": "pi-5-8",
                "unknown": None,
            },
        )

    def test_a_board_that_is_not_in_the_table_has_no_model_known(self):
        found = boards.Board(self, "unknown").facts()["board"]
        self.assertEqual((found["model"], found["model_known"], found["sold_memory_bytes"]), ("Radxa ROCK 5B", False, None))

    def test_the_serial_number_has_no_zero_byte(self):
        self.assertEqual(boards.Board(self, "pi-5-8").facts()["board"]["serial"], "8d1f4a2b6c3e5f70")

    def test_the_revision_is_in_cpuinfo_where_the_device_tree_has_none(self):
        board = boards.Board(self, "pi-4-2").write("sys/firmware/devicetree/base/system/linux,revision", None)
        self.assertEqual(board.facts()["board"]["name"], "pi-4-2")

    def test_memory_that_was_sold_is_in_the_revision(self):
        # From the table of "Raspberry Pi revision codes": 4B 1, 2, 4 and 8 GB, 5 with 4, 8 and 16 GB.
        sold = {0xA03111: 1, 0xB03112: 2, 0xC03112: 4, 0xD03114: 8, 0xC04170: 4, 0xD04170: 8, 0xE04171: 16}
        for code, size in sold.items():
            self.assertEqual(board_identity.pi_memory_bytes(code), size * GIBIBYTE, hex(code))

    def test_codes_of_the_old_style_say_nothing_of_memory(self):
        self.assertIsNone(board_identity.pi_memory_bytes(0x000E))
        self.assertIsNone(board_identity.pi_memory_bytes(None))

    def test_a_pc_has_a_name_of_its_maker_and_no_board(self):
        board = boards.Board(self, "unknown")
        for name in ("model", "compatible", "serial-number"):
            board.write("sys/firmware/devicetree/base/" + name, None)
        board.write("sys/class/dmi/id/product_name", "NUC13ANHi5\n").write("sys/class/dmi/id/sys_vendor", "Intel(R) Client Systems\n")
        found = board.facts()["board"]
        self.assertEqual((found["name"], found["model"], found["maker"]), (None, "NUC13ANHi5", "Intel(R) Client Systems"))

    def test_no_two_boards_share_module_and_memory(self):
        seen = {}
        for name, row in BOARDS.items():
            for compatible in row["compatible"]:
                key = (compatible, row["memory_bytes"])
                self.assertNotIn(key, seen, name)
                seen[key] = name


class Kernel(unittest.TestCase):
    def test_a_64_bit_kernel_under_32_bit_programs_is_seen_as_both(self):
        facts = boards.Board(self, "pi-4-4-32-bit").facts()
        self.assertEqual((facts["kernel"]["architecture"], facts["userland"]), ("arm64", "armhf"))

    def test_an_older_kernel_says_its_architecture_by_uname(self):
        board = boards.Board(self, "jetson-orin-nx-16").write("proc/sys/kernel/arch", None)
        expected = kernel.ARCHITECTURES.get(os.uname().machine, os.uname().machine)
        self.assertEqual(board.facts()["kernel"]["architecture"], expected)

    def test_pages_are_those_that_the_kernel_maps(self):
        self.assertEqual(boards.Board(self, "pi-5-8").facts()["page_bytes"], 16384)
        self.assertEqual(boards.Board(self, "pi-4-8").facts()["page_bytes"], 4096)

    def test_this_machines_pages_are_those_of_getconf(self):
        self.assertEqual(kernel.page_bytes_of(Machine()), os.sysconf("SC_PAGE_SIZE"))

    def test_possible_cores_are_counted_in_lists_and_ranges(self):
        board = boards.Board(self, "pi-5-8")
        for text, count in {"0-7": 8, "0": 1, "0-3,6": 5, "0-1,4-5": 4, "": 0}.items():
            board.write("sys/devices/system/cpu/possible", text + "\n")
            self.assertEqual(board.facts()["possible_cores"], count, text)

    def test_controllers_of_the_first_version_count_where_they_are_enabled(self):
        board = boards.Board(self, "pi-4-8-bullseye").write("sys/fs/cgroup/cgroup.controllers", None)
        board.write("proc/cgroups", "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t3\t1\t1\nmemory\t0\t84\t0\npids\t5\t90\t1\n")
        self.assertEqual(board.facts()["cgroups"], {"version": 1, "controllers": ["cpu", "pids"]})

    def test_a_module_is_loaded_built_in_loadable_or_absent(self):
        board = boards.Board(self, "jetson-orin-nx-16").write("sys/module/vxlan/refcnt", "0\n")
        state = lambda name: kernel.module_state(board.machine(), name)  # noqa: E731
        self.assertEqual([state(name) for name in ("vxlan", "overlay", "ip_set", "nf_flow")], ["loaded", "built-in", "loadable", "absent"])

    def test_hyphens_in_a_files_name_are_underscores_in_a_modules(self):
        self.assertEqual(kernel.module_names(["kernel/drivers/hid/hid-generic.ko.zst: kernel/hid.ko.zst"]), {"hid_generic"})

    def test_nothing_is_known_of_a_kernel_whose_list_is_gone(self):
        board = boards.Board(self, "pi-5-8").write("proc/sys/kernel/osrelease", "6.6.31+rpt-rpi-2712\n")
        self.assertEqual(kernel.module_state(board.machine(), "vxlan"), "unknown")

    def test_a_kernel_without_a_list_says_what_it_was_built_with(self):
        board = boards.Board(self, "pi-5-8").write("proc/sys/kernel/osrelease", "6.18.0-custom\n")
        board.write("proc/config.gz", gzip.compress(b"CONFIG_VXLAN=y\nCONFIG_IP_SET=m\n"))
        state = [kernel.module_state(board.machine(), name) for name in ("vxlan", "ip_set", "br_netfilter", "nf_flow")]
        self.assertEqual(state, ["built-in", "unknown", "unknown", "unknown"])
        self.assertEqual(kernel.module_state(board.write("proc/config.gz", b"not gzip").machine(), "vxlan"), "unknown")

    def test_a_list_counts_more_than_settings_of_some_other_build(self):
        board = boards.Board(self, "pi-5-8").write("lib/modules/6.6.51+rpt-rpi-2712/modules.dep", "")
        board.write("proc/config.gz", gzip.compress(b"CONFIG_VXLAN=y\n"))
        self.assertEqual(kernel.module_state(board.machine(), "vxlan"), "absent")


class Surroundings(unittest.TestCase):
    def test_disks_have_their_medium_and_their_file_systems(self):
        board = boards.Board(self, "pi-5-8").write("sys/block/mmcblk0/device/type", "SD\n")
        found = [(disk["path"], disk["medium"], [part["label"] for part in disk["file_systems"]]) for disk in board.facts()["disks"]]
        self.assertEqual(found, [("/dev/mmcblk0", "microsd", ["bootfs", "rootfs"]), ("/dev/sda", "usb-ssd", ["fogline-data"])])
        board.write("sys/block/mmcblk0/device/type", "MMC\n")
        self.assertEqual(board.facts()["disks"][0]["medium"], "emmc")
        self.assertEqual(boards.Board(self, "jetson-orin-nx-16").facts()["disks"][0]["medium"], "nvme")

    def test_boot_files_are_where_the_firmware_reads_them_not_where_a_note_says_that_they_moved(self):
        folders = {name: boards.Board(self, name).facts()["boot_folder"] for name in ("pi-5-8", "pi-4-8-bullseye", "pi-4-8-ubuntu-22.04", "jetson-orin-nx-16")}
        self.assertEqual(folders, {"pi-5-8": "/boot/firmware", "pi-4-8-bullseye": "/boot", "pi-4-8-ubuntu-22.04": "/boot/firmware", "jetson-orin-nx-16": None})

    def test_a_jetson_has_its_modes_and_its_toolkit(self):
        facts = boards.Board(self, "jetson-orin-nano-8-jetpack-5").facts()
        found = facts["jetson"]
        self.assertEqual([mode["name"] for mode in found["modes"]], ["15W", "7W"])
        self.assertEqual((found["stored"], facts["gpu_toolkit"]), (0, "1.11.0"))
        self.assertTrue(found["release"].startswith("# R35"))

    def test_a_machine_that_belongs_to_a_fleet_says_so(self):
        board = boards.Board(self, "pi-5-8")
        self.assertEqual(board.facts()["membership"], {"identity": None, "k3s": False})
        board.write("etc/fogline/identity.yaml", "# Written by `fogline bootstrap`.\nfleet: demo\ndevice: pi-1\ncluster: edge-pi\n").write("etc/rancher/k3s/config.yaml", "")
        self.assertEqual(board.facts()["membership"], {"identity": {"fleet": "demo", "device": "pi-1", "cluster": "edge-pi"}, "k3s": True})

    def test_a_default_route_may_be_of_the_sixth_version(self):
        board = boards.Board(self, "pi-5-8")
        self.assertTrue(board.facts()["default_route"])
        board.write("proc/net/route", "Iface\tDestination\n")
        self.assertFalse(board.facts()["default_route"])
        zeros = "0" * 32
        board.write("proc/net/ipv6_route", "%s 00 %s 00 fe800000000000000000000000000001 00000400 1 0 00450003 eth0\n" % (zeros, zeros))
        self.assertTrue(board.facts()["default_route"])

    def test_a_machine_without_any_of_it_is_read_to_the_end(self):
        facts = boards.Board(self, "unknown")
        for path in ("proc/meminfo", "sys/fs/cgroup/cgroup.controllers", "sys/devices/system/cpu/possible", "usr/bin/getconf"):
            facts.write(path, None)
        facts.answers = {}
        found = facts.facts()
        self.assertEqual((found["memory"]["bytes"], found["disks"], found["userland"], found["possible_cores"]), (0, [], None, 0))


class Age(unittest.TestCase):
    def test_modules_are_written_in_the_python_of_jetpack_5(self):
        for folder in ("module_utils", "modules"):
            place = os.path.join(collection.COLLECTION, "plugins", folder)
            for name in sorted(os.listdir(place)):
                if name.endswith(".py"):
                    with open(os.path.join(place, name), encoding="utf-8") as file:
                        ast.parse(file.read(), name, feature_version=(3, 8))


if __name__ == "__main__":
    unittest.main()
