# Builds a small HTTPS server from source, issues its certificate, writes its
# configuration, and runs it. Each step says how to tell that it is already done.

terraform {
  required_providers {
    exec = {
      source = "terraform-provider-exec/exec"
    }
  }
}

variable "greeting" {
  description = "What the server answers."
  type        = string
  default     = "hello"
}

variable "dir" {
  description = "Where everything that is made here goes. Default: .run beside this file."
  type        = string
  default     = null
}

locals {
  here    = abspath(path.module)
  dir     = var.dir == null ? "${local.here}/.run" : abspath(var.dir)
  service = ["sh", "${local.here}/service.sh"]

  config = <<-EOT
    # written by the quickstart
    greeting = ${var.greeting}
  EOT
}

# Done once the directory exists.
resource "exec" "dir" {
  command = ["mkdir", "-p", local.dir]
  creates = local.dir

  destroy = {
    # It stays if somebody else put something into it.
    command = ["rmdir", local.dir]
    returns = [0, 1]
  }
}

# Done once the program exists, until its source changes.
resource "exec" "build" {
  command   = ["go", "build", "-o", "${local.dir}/greeter", "main.go"]
  cwd       = "${local.here}/greeter"
  creates   = "${local.dir}/greeter"
  subscribe = filesha256("${path.module}/greeter/main.go")

  destroy = {
    command = ["rm", "-f", "${local.dir}/greeter"]
  }

  depends_on = [exec.dir]
}

# Done while the certificate is valid for another week.
resource "exec" "certificate" {
  command = [
    "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
    "-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
    "-keyout", "${local.dir}/tls.key", "-out", "${local.dir}/tls.crt",
  ]
  umask  = "077"
  unless = [["openssl", "x509", "-in", "${local.dir}/tls.crt", "-noout", "-checkend", "604800"]]

  destroy = {
    command = ["rm", "-f", "${local.dir}/tls.key", "${local.dir}/tls.crt"]
  }

  depends_on = [exec.dir]
}

# Done while the file says what it should.
resource "exec" "config" {
  shell       = true
  command     = "printf '%s' \"$CONTENT\" > \"$FILE\""
  unless      = "printf '%s' \"$CONTENT\" | cmp -s - \"$FILE\""
  environment = { CONTENT = local.config, FILE = "${local.dir}/greeter.conf" }

  destroy = {
    command = "rm -f \"$FILE\""
  }

  depends_on = [exec.dir]
}

# Done while the server runs. A new program or certificate needs a restart.
resource "exec" "server" {
  command     = concat(local.service, ["start"])
  refresh     = concat(local.service, ["restart"])
  unless      = [concat(local.service, ["status"])]
  subscribe   = [exec.build.run_id, exec.certificate.run_id]
  environment = { DIR = local.dir }

  destroy = {
    command = concat(local.service, ["remove"])
  }

  depends_on = [exec.config]
}

# Never needed for its own sake: a changed configuration only has to be read again.
resource "exec" "reload" {
  command      = concat(local.service, ["reload"])
  refresh_only = true
  subscribe    = [exec.config.run_id]
  environment  = { DIR = local.dir }

  depends_on = [exec.server]
}

output "ask" {
  description = "The command that asks the running server."
  value       = "${local.dir}/greeter -ask -dir ${local.dir}"
}
