resource "terraform_data" "machine" {
  input = "192.0.2.7"
}

resource "exec" "app" {
  command    = ["install-app"]
  creates    = "/opt/app"
  connection = { host = terraform_data.machine.output, user = "deploy" }
}
