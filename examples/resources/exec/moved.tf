# What was a terraform_data with a local-exec provisioner so far.
moved {
  from = terraform_data.app
  to   = exec.app
}

resource "exec" "app" {
  command = ["touch", "app.installed"]
  creates = "app.installed"
}
