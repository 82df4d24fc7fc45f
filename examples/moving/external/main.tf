terraform {
  required_providers {
    exec = { source = "terraform-provider-exec/exec" }
  }
}

data "exec" "hosts" {
  program = ["sh", "-c", "printf '{\"asked\": %s, \"ports\": [80, 443]}' \"$(cat)\""]
  query   = { zone = "example.org", limit = 2 }
}

output "first_port" {
  value = data.exec.hosts.result.ports[0]
}
