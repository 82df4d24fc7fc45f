# Any text will do for the id; the next apply fills in the rest.
tofu import exec_service.report report
