"""Which power mode the fleet file means, by the boards' own lists in test/bootstrap/fixtures/nvpmodel."""

import os
import unittest

import collection  # noqa: F401
from ansible_collections.fogline.edge.plugins.module_utils import nvpmodel

FOLDER = os.path.join(collection.REPOSITORY, "test/bootstrap/fixtures/nvpmodel")


def modes_of(name):
    with open(os.path.join(FOLDER, name + ".conf"), encoding="utf-8") as file:
        return nvpmodel.parse_modes(file.read())


class Parsing(unittest.TestCase):
    def test_modes_have_number_name_watts_and_running_cores(self):
        found = modes_of("p3767-0000")
        self.assertEqual([(mode["id"], mode["name"], mode["watts"], mode["cores"]) for mode in found["modes"]], [(0, "MAXN", None, 8), (1, "10W", 10, 4), (2, "15W", 15, 4), (3, "25W", 25, 8)])
        self.assertEqual(found["default"], 2)

    def test_watts_are_read_from_every_way_to_name_a_mode(self):
        names = {"MODE_30W": 30, "MODE_15W_6CORE": 15, "7W_AI": 7, "MODE_10W_DESKTOP": 10, "MAXN": None, "MAXN_SUPER": None, "EDP": None, "W": None}
        text = "".join("< POWER_MODEL ID=%d NAME=%s >\n" % (number, name) for number, name in enumerate(names))
        self.assertEqual({mode["name"]: mode["watts"] for mode in nvpmodel.parse_modes(text)["modes"]}, names)

    def test_comments_and_parameters_are_no_modes(self):
        with self.assertRaisesRegex(ValueError, "no power mode"):
            nvpmodel.parse_modes("# < POWER_MODEL ID=id_num NAME=mode_name >\n< PARAM TYPE=FILE NAME=CPU_ONLINE >\n")

    def test_every_list_of_the_fixtures_has_its_default_among_its_modes(self):
        for file in sorted(os.listdir(FOLDER)):
            found = modes_of(file[: -len(".conf")])
            self.assertIn(found["default"], [mode["id"] for mode in found["modes"]], file)


class Choosing(unittest.TestCase):
    def chosen(self, name, watts, uncapped=None):
        return nvpmodel.choose_mode(modes_of(name)["modes"], watts, uncapped)["name"]

    def test_the_same_watts_have_another_number_on_another_board(self):
        found = [nvpmodel.choose_mode(modes_of(name)["modes"], 15)["id"] for name in ("p3767-0000", "p3767-0003", "p3701-0000")]
        self.assertEqual(found, [2, 0, 1])

    def test_these_watts_else_the_highest_below(self):
        self.assertEqual([self.chosen("p3767-0000", watts) for watts in (25, 20, 15, 12, 10)], ["25W", "15W", "15W", "10W", "10W"])
        self.assertEqual(self.chosen("p3767-0001", 25), "20W")
        self.assertEqual(self.chosen("p3701-0000", 40), "MODE_30W")

    def test_25_watts_on_an_orin_nano_are_a_mode_of_jetpack_6_and_not_of_5(self):
        self.assertEqual((self.chosen("p3767-0003-super", 25, 25), self.chosen("p3767-0003", 25, 25)), ("25W", "15W"))

    def test_all_that_a_board_can_draw_is_maxn_where_no_mode_states_it(self):
        self.assertEqual(self.chosen("p3767-0000", 40, 40), "MAXN")
        self.assertEqual(self.chosen("p3767-0000-super", 40, 40), "40W")
        self.assertEqual(self.chosen("p3701-0000", 60, 60), "MAXN")
        self.assertEqual(self.chosen("p3701-0000", 59, 60), "MODE_50W")

    def test_maxn_is_never_taken_for_fewer_watts(self):
        for name in ("p3767-0000", "p3767-0000-super", "p3767-0001", "p3701-0000"):
            for watts in range(15, 40):
                self.assertNotIn("MAXN", self.chosen(name, watts, 60), (name, watts))

    def test_of_several_with_these_watts_the_one_with_the_most_cores_then_the_lowest_number(self):
        self.assertEqual(self.chosen("p3767-0004", 7), "7W_AI")
        text = "< POWER_MODEL ID=3 NAME=MODE_30W_2CORE >\nCPU_ONLINE CORE_0 1\nCPU_ONLINE CORE_1 1\n< POWER_MODEL ID=5 NAME=MODE_30W_ALL >\n" + "".join("CPU_ONLINE CORE_%d 1\n" % core for core in range(8))
        self.assertEqual(nvpmodel.choose_mode(nvpmodel.parse_modes(text)["modes"], 30)["name"], "MODE_30W_ALL")

    def test_fewer_watts_than_any_mode_takes_are_refused_with_the_modes(self):
        with self.assertRaisesRegex(ValueError, r"none of its modes \(15W, 7W\) is at or below 5 W"):
            self.chosen("p3767-0003", 5)


class Printed(unittest.TestCase):
    def test_the_active_mode_is_the_number_after_its_name(self):
        self.assertEqual(nvpmodel.active_id("NV Power Mode: MODE_30W\n2\n"), 2)
        self.assertEqual(nvpmodel.active_id("NVPM WARN: fan mode is not set!\nNV Power Mode: MAXN\n0\n"), 0)
        self.assertIsNone(nvpmodel.active_id("NVPM ERROR: Error opening /var/lib/nvpmodel/status: 2\n"))
        self.assertIsNone(nvpmodel.active_id(None))

    def test_a_wish_to_boot_is_seen_in_what_it_prints(self):
        self.assertTrue(nvpmodel.asks_for_boot("NVPM WARN: Golden image context is already created\nNVPM WARN: Reboot required for changing to this power mode: 0\n"))
        self.assertFalse(nvpmodel.asks_for_boot("NVPM WARN: Golden image context is already created\n"))

    def test_the_stored_mode_may_stand_beside_one_of_the_fan(self):
        self.assertEqual([nvpmodel.stored_id(text) for text in ("pmode:0002", "pmode:0000 fmode:quiet\n", "", None, "pmode:x")], [2, 0, None, None, None])


if __name__ == "__main__":
    unittest.main()
