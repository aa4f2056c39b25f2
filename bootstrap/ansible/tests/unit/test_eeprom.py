"""What the module of the EEPROM changes in the text of its settings."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../plugins/module_utils"))
from eeprom import differing, with_settings


class Eeprom(unittest.TestCase):
    def test_what_holds_for_every_board_is_left_as_it_stands(self):
        text = "[all]\nBOOT_ORDER=0xf41\n# why\nBOOT_UART=0\n"
        self.assertEqual(differing(text, {"BOOT_ORDER": "0xf41"}), [])
        self.assertEqual(differing("BOOT_ORDER=0xf41\n", {"BOOT_ORDER": "0xf41"}), [])

    def test_what_is_missing_or_other_or_for_some_boards_alone_does_not_hold(self):
        self.assertEqual(differing("[all]\nB=1\n", {"B": "2", "A": "1"}), ["A", "B"])
        self.assertEqual(differing("[pi5]\nB=1\n", {"B": "1"}), ["B"])
        self.assertEqual(differing("[all]\nB=1\n[pi5]\nB=2\n", {"B": "1"}), ["B"])

    def test_a_changed_text_holds_and_keeps_the_rest(self):
        for text in ("", "[all]\nB=1\nC=3\n", "[all]\nC=3\n[pi5]\nB=1\n"):
            after = with_settings(text, {"B": "2", "A": "1"})
            self.assertEqual(differing(after, {"B": "2", "A": "1"}), [])
            self.assertEqual("C=3" in after, "C=3" in text)
        self.assertEqual(with_settings("[all]\nC=3\n[pi5]\nD=4\n", {"B": "2"}), "[all]\nC=3\n[pi5]\nD=4\n[all]\nB=2\n")


if __name__ == "__main__":
    unittest.main()
