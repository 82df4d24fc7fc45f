tofu import exec.app app
