"""Called as: report.py --title=TEXT [--verbose]"""

import argparse
import json

parser = argparse.ArgumentParser()
parser.add_argument("--title", required=True)
parser.add_argument("--verbose", action="store_true")
args = parser.parse_args()

print(json.dumps({"title": args.title, "verbose": args.verbose, "count": 2}))
