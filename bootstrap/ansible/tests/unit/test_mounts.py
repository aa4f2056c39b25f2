import importlib.util
import os
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))


def load(name):
    spec = importlib.util.spec_from_file_location(name, os.path.join(HERE, "../../plugins/module_utils", name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


mounts = load("mounts")
mesh = load("mesh")
KEY = "mJUvZ6Aq5mGMyWtR8xTbKbnkEVZX8sPzL9sVnHDHX3U="
OTHER = "rDWTTRQf6Wjv4rvXJeU3aSmqHaQUbhM0bzkQfcNvaA8="

FSTAB = "proc            /proc           proc    defaults          0       0\nPARTUUID=4e639091-01  /boot/firmware  vfat    defaults          0       2\nPARTUUID=4e639091-02  /               ext4    defaults,relatime  0       1\n"


class OptionsOfMounts(unittest.TestCase):
    def test_are_added_to_their_line_alone(self):
        after = mounts.with_options(FSTAB, "/", ["noatime"])
        self.assertEqual(after, FSTAB.replace("defaults,relatime", "defaults,noatime"))

    def test_are_not_added_twice(self):
        once = mounts.with_options(FSTAB, "/", ["noatime"])
        self.assertEqual(mounts.with_options(once, "/", ["noatime"]), once)

    def test_are_nobodys_where_the_table_has_no_such_mount(self):
        self.assertIsNone(mounts.with_options("# / ext4 defaults\n", "/", ["noatime"]))

    def test_are_those_of_the_last_mount(self):
        self.assertEqual(mounts.mounted_options("a / ext4 rw 0 0\nb / overlay rw,noatime 0 0\n", "/"), ["rw", "noatime"])


class KeysOfTheMesh(unittest.TestCase):
    def test_stand_in_the_order_of_names_below_what_explains_them(self):
        text = mesh.with_key(mesh.with_key(mesh.with_key("", "pi-2", KEY), "gate", OTHER), "pi-1", KEY)
        self.assertEqual([line.split(":")[0] for line in text.strip().split("\n")[1:]], ["gate", "pi-1", "pi-2"])
        self.assertTrue(text.startswith("# Public keys"))

    def test_replace_the_line_of_the_device_and_no_other(self):
        text = mesh.with_key(mesh.with_key("", "pi-1", KEY), "pi-11", KEY)
        self.assertEqual(mesh.with_key(text, "pi-1", OTHER), text.replace('pi-1: "%s"' % KEY, 'pi-1: "%s"' % OTHER))
        self.assertEqual(mesh.with_key(text, "pi-1", KEY), text)

    def test_are_known_by_the_settings_that_were_rendered(self):
        self.assertEqual(mesh.known_key("# x\n# The fleet knows this device by %s\n[Interface]\n" % KEY), KEY)
        self.assertEqual(mesh.known_key("[Interface]\n"), "")

    def test_are_compared_with_what_the_kernel_shows(self):
        conf = "[Interface]\nListenPort = 1\n\n# gate\n[Peer]\nPublicKey = %s\nAllowedIPs = fd00::1/128, fd00::/48\n\n# new\n[Peer]\nPublicKey = %s\nAllowedIPs = fd00::2/128\n" % (KEY, OTHER)
        listed = "%s\tfd00::2/128\n%s\tfd00::/48 fd00::1/128\n" % (OTHER, KEY)
        self.assertEqual(mesh.peers_of(conf), mesh.shown_peers(listed))
        self.assertNotEqual(mesh.peers_of(conf), mesh.shown_peers("%s\t(none)\n" % KEY))


if __name__ == "__main__":
    unittest.main()
