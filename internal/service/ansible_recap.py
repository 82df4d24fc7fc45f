"""Writes the recap of a run as JSON into the directory that this file lies in."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = """
    name: exec_recap
    type: aggregate
    short_description: writes the recap of each host to a file
    description:
      - Writes the numbers of the recap as JSON, beside whatever else shows the run.
"""

import json
import os

from ansible.plugins.callback import CallbackBase

COUNTS = ("ok", "changed", "unreachable", "failed", "skipped", "rescued", "ignored")


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "exec_recap"
    CALLBACK_NEEDS_ENABLED = False

    def v2_playbook_on_stats(self, stats):
        recap = {}
        for host in stats.processed:
            summary = stats.summarize(host)
            summary["failed"] = summary["failures"]
            recap[host] = dict((name, summary.get(name, 0)) for name in COUNTS)
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recap.json")
        with open(path + ".new", "w") as out:
            json.dump(recap, out)
        os.rename(path + ".new", path)
