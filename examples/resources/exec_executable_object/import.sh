# Any text will do for the id; the next apply fills in the rest.
tofu import exec_executable_object.sh shell
