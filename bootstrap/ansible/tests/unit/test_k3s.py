"""What the modules of K3s decide, over values by hand."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../plugins/module_utils"))
import k3s_adopt
import k3s_certificates
import k3s_node
import k3s_token
import k3s_upgrade

SURVEY = {"role": "server", "has_data": True, "has_etcd": False, "encrypts": True, "authority": "aa", "default_route": True}
ASKED = {"role": "server", "wanted": {"secrets-encryption": True}, "settings": {"secrets-encryption": True}, "version": (1, 36, 3), "cluster": "here", "known_authority": None, "adopt": False}


class Adopting(unittest.TestCase):
    def test_flags_are_read_as_k3s_reads_them(self):
        words = "/usr/local/bin/k3s server --disable traefik --disable=servicelb --cluster-init --token x".split()
        self.assertEqual(k3s_adopt.flags_of(words), {"disable": ["traefik", "servicelb"], "cluster-init": True, "token": "x"})

    def test_the_last_file_wins_and_plus_appends(self):
        files = [{"disable": ["traefik"], "debug": True}, {"disable+": "servicelb", "debug": False}]
        self.assertEqual(k3s_adopt.merged(files, {"node-name": "a"}), {"disable": ["traefik", "servicelb"], "debug": False, "node-name": "a"})

    def test_differences_name_both_sides_and_no_secret(self):
        lines = k3s_adopt.differences({"flannel-backend": "none", "token": "secret", "datastore-endpoint": "postgres://u:p@h"}, {"node-name": "a"})
        self.assertEqual(lines, ["datastore-endpoint is (not shown), and will be ", "flannel-backend is none, and will be vxlan", "node-name is nothing, and will be a"])

    def test_what_would_lose_data_is_refused_all_at_once(self):
        lines = k3s_adopt.losses("server", {**SURVEY, "encrypts": False}, {"cluster-cidr": "10.1.0.0/16", "datastore-endpoint": "mysql://x"}, {"secrets-encryption": True})
        self.assertEqual(len(lines), 4)
        self.assertTrue(any("an external database" in line and "SQLite" in line for line in lines))
        self.assertTrue(any("secrets-encrypt enable" in line for line in lines))

    def test_sqlite_may_become_etcd_and_etcd_may_not_become_sqlite(self):
        kept = {"secrets-encryption": True}
        self.assertEqual(k3s_adopt.losses("server", SURVEY, kept, {**kept, "cluster-init": True}), [])
        self.assertEqual(len(k3s_adopt.losses("server", {**SURVEY, "has_etcd": True}, kept, kept)), 1)

    def test_a_server_does_not_become_an_agent(self):
        self.assertIn("it is a server, and the fleet has it as an agent", k3s_adopt.losses("agent", SURVEY, {}, {}))

    def test_versions_go_one_minor_at_a_time_and_never_back(self):
        self.assertIsNone(k3s_adopt.version_problem((1, 35, 9), (1, 36, 0)))
        self.assertIn("take v1.36 first", k3s_adopt.version_problem((1, 35, 9), (1, 37, 0)))
        self.assertIn("may not read", k3s_adopt.version_problem((1, 36, 3), (1, 36, 2)))

    def test_a_node_of_another_cluster_is_told_apart(self):
        codes = [line[:6] for line in k3s_adopt.problems({**SURVEY, "role": "agent"}, {"cluster": "other"}, None, {**ASKED, "role": "agent"})]
        self.assertEqual(codes, ["FL4121"])
        codes = [line[:6] for line in k3s_adopt.problems({**SURVEY, "role": "agent"}, {"cluster": "here"}, None, {**ASKED, "role": "agent", "known_authority": "bb"})]
        self.assertEqual(codes, ["FL4121"])

    def test_without_a_default_route_nothing_is_begun(self):
        self.assertEqual([line[:6] for line in k3s_adopt.problems({**SURVEY, "role": None, "default_route": False}, {}, None, ASKED)], ["FL4123"])

    def test_somebody_elses_is_taken_over_only_with_consent(self):
        self.assertEqual([line[:6] for line in k3s_adopt.problems(SURVEY, {}, (1, 36, 3), ASKED)], ["FL4122"])
        self.assertEqual(k3s_adopt.problems(SURVEY, {}, (1, 36, 3), {**ASKED, "adopt": True}), [])
        self.assertEqual(k3s_adopt.problems(SURVEY, {"cluster": "here"}, (1, 36, 3), ASKED), [])


class Certificates(unittest.TestCase):
    def test_k3s_renews_within_120_days_since_some_versions(self):
        days = [k3s_certificates.renewed_within_days(version) for version in ((1, 30, 0), (1, 31, 9), (1, 33, 0), (1, 33, 1), (1, 36, 3))]
        self.assertEqual(days, [90, 120, 90, 120, 120])

    def test_versions_are_read_out_of_what_programs_say(self):
        self.assertEqual(k3s_certificates.version_of("k3s version v1.30.0+k3s1 (14549535)\ngo version go1.26.8"), (1, 30, 0))
        self.assertIsNone(k3s_certificates.version_of("nothing"))

    @unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
    def test_the_end_of_a_certificate_is_what_openssl_says(self):
        with tempfile.TemporaryDirectory() as folder:
            for days in (1, 365, 20000):
                command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x", "-days", str(days)]
                subprocess.run(command + ["-keyout", folder + "/key", "-out", folder + "/crt"], check=True, stderr=subprocess.DEVNULL)
                with open(folder + "/crt", encoding="ascii") as file:
                    end = k3s_certificates.ends_at(file.read())
                self.assertLess(abs(end - time.time() - days * 86400), 60)

    def test_what_is_no_certificate_has_no_end(self):
        self.assertIsNone(k3s_certificates.ends_at("hello"))
        self.assertIsNone(k3s_certificates.ends_at("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"))

    def test_those_that_end_soon_come_soonest_first(self):
        day = 86400
        self.assertEqual(k3s_certificates.due({"a": 100 * day, "b": 50 * day, "c": 200 * day}, 0, 120), ["b", "a"])


class Nodes(unittest.TestCase):
    NODE = {"metadata": {"labels": {"fogline.dev/site": "a", "own": "1", "given": "x"}, "annotations": {k3s_node.LABELS_NOTED: "given"}}, "spec": {"taints": [{"key": "theirs", "effect": "NoSchedule"}]}}

    def test_labels_of_the_fleet_change_and_those_of_others_stay(self):
        patch = k3s_node.merge_patch(self.NODE, ["fogline.dev/hall=3"], [])
        self.assertEqual(patch["metadata"]["labels"], {"fogline.dev/hall": "3", "fogline.dev/site": None, "given": None})
        self.assertNotIn("spec", patch)

    def test_a_taint_of_the_fleet_joins_those_of_others(self):
        patch = k3s_node.merge_patch(self.NODE, [], ["dedicated=camera:NoSchedule"])
        self.assertEqual(patch["spec"]["taints"], [{"key": "theirs", "effect": "NoSchedule"}, {"key": "dedicated", "value": "camera", "effect": "NoSchedule"}])

    def test_a_node_that_has_everything_needs_nothing(self):
        node = {"metadata": {"labels": {"a": "1"}, "annotations": {k3s_node.LABELS_NOTED: "a"}}}
        self.assertIsNone(k3s_node.merge_patch(node, ["a=1"], []))


class Upgrades(unittest.TestCase):
    @staticmethod
    def deployment(ready, replicas=2):
        return {"kind": "Deployment", "metadata": {"name": "a", "namespace": "n"}, "spec": {"replicas": replicas}, "status": {"readyReplicas": ready}}

    def test_fewer_ready_pods_than_before_are_worse(self):
        self.assertEqual(k3s_upgrade.worse({"Deployment n/a": 2}, [self.deployment(1)]), ["Deployment n/a has 1 of 2 pods ready"])
        self.assertEqual(k3s_upgrade.worse({"Deployment n/a": 1}, [self.deployment(1)]), [])

    def test_what_was_scaled_down_is_not_missed(self):
        self.assertEqual(k3s_upgrade.worse({"Deployment n/a": 2}, [self.deployment(1, 1)]), [])

    def test_pods_that_stand_in_the_way_are_named(self):
        said = (
            'error when evicting pods/"guarded-1" -n "default" (will retry after 5s): Cannot evict pod as it would violate the pod\'s disruption budget.\n'
            'error: unable to drain node "pi-2" due to error: error when evicting pods/"guarded-1" -n "default": global timeout reached: 30s, continuing command...\n'
            "There are pending nodes to be drained:\n pi-2\nerror: unable to drain"
        )
        self.assertEqual(k3s_upgrade.blockers(said), (["guarded-1"], "error: unable to drain"))

    def test_without_a_pod_the_last_words_are_the_reason(self):
        self.assertEqual(k3s_upgrade.blockers('E1126 memcache.go:265 "x"\nerror: nodes "pi-2" not found\n'), ([], 'error: nodes "pi-2" not found'))


class Tokens(unittest.TestCase):
    """Each token as it stands in a place: `a` before the rotation, `b` after it."""

    OWN = {one: "K10cafe::server:%s\n" % one for one in "ab"}

    def next(self, noted, runs, file, own, before):
        return k3s_token.next_step(noted, runs, file + "\n", self.OWN[own], before and before + "\n")

    def test_the_secret_is_the_last_part_of_a_token(self):
        self.assertEqual([k3s_token.secret_of(one) for one in (self.OWN["a"], "a\n")], ["a", "a"])

    def test_a_rotation_begins_with_a_new_token_whatever_the_one_before_left(self):
        self.assertEqual([self.next(None, True, "a", "a", before) for before in (None, "a", "b")], ["rotate"] * 3)

    def test_one_that_was_ended_goes_on_with_the_token_that_was_made(self):
        self.assertEqual(self.next(k3s_token.MADE, True, "a", "b", "a"), "continue")
        self.assertEqual(self.next(k3s_token.MADE, True, "b", "b", "a"), "continue")
        self.assertEqual(self.next(k3s_token.MADE, False, "a", "b", "a"), "continue")

    def test_one_that_was_ended_before_its_end_was_noted_makes_another_token_where_k3s_runs(self):
        self.assertEqual([self.next(k3s_token.BEGUN, True, "a", own, "a") for own in "ab"], ["rotate"] * 2)

    def test_one_whose_token_was_lost_with_the_power_makes_another(self):
        self.assertEqual(self.next(k3s_token.MADE, True, "a", "a", "a"), "rotate")

    def test_a_server_that_does_not_start_with_the_old_token_any_more_gets_the_new_one(self):
        self.assertEqual(self.next(k3s_token.BEGUN, False, "a", "b", "a"), "note")

    def test_nothing_is_begun_where_k3s_does_not_run(self):
        self.assertEqual(self.next(None, False, "a", "a", None), "refuse")
        self.assertEqual(self.next(k3s_token.BEGUN, False, "a", "a", "a"), "refuse")


if __name__ == "__main__":
    unittest.main()
