"""How files of a machine are written, and what has to follow is noted."""

import os
import tempfile
import unittest

import collection  # noqa: F401
from ansible_collections.fogline.edge.plugins.module_utils.files import digest_of, note_pending, text_of, write_whole


class Files(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)

    def path(self, *names):
        return os.path.join(self.place.name, *names)

    def test_a_file_is_written_with_its_folder_and_mode_and_nothing_is_left_beside_it(self):
        write_whole(self.path("a", "b"), "one\n", 0o640)
        write_whole(self.path("a", "b"), b"two\n", 0o600)
        self.assertEqual(text_of(self.path("a", "b")), "two\n")
        self.assertEqual(os.stat(self.path("a", "b")).st_mode & 0o777, 0o600)
        self.assertEqual(os.listdir(self.path("a")), ["b"])

    def test_a_file_that_cannot_take_its_place_leaves_the_old_one_and_nothing_beside_it(self):
        os.makedirs(self.path("folder", "inside"))
        with self.assertRaises(OSError):
            write_whole(self.path("folder"), "text", 0o600)
        self.assertEqual(os.listdir(self.place.name), ["folder"])

    def test_what_is_not_there_has_neither_text_nor_digest(self):
        self.assertIsNone(text_of(self.path("none")))
        self.assertIsNone(digest_of(self.path("none")))
        write_whole(self.path("empty"), "", 0o600)
        self.assertEqual(digest_of(self.path("empty")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")

    def test_what_has_to_follow_is_noted_once(self):
        self.assertTrue(note_pending("restart-k3s", self.path("pending")))
        self.assertFalse(note_pending("restart-k3s", self.path("pending")))
        self.assertEqual(os.listdir(self.path("pending")), ["restart-k3s"])


if __name__ == "__main__":
    unittest.main()
