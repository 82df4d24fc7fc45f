terraform {
  required_providers {
    exec = { source = "terraform-provider-exec/exec" }
  }
}

variable "size" {
  default = "small"
}

# One command that makes it so, whether something is there or not. The guard compares what
# is there with what should be.
resource "exec" "queue" {
  command     = ["sh", "-c", "printf '{\"size\": \"%s\"}' \"$SIZE\" | tee queue.json"]
  shell       = true
  unless      = "test \"$(cat queue.json)\" = \"{\\\"size\\\": \\\"$SIZE\\\"}\""
  environment = { SIZE = var.size }
  verify      = true

  destroy = { command = ["rm", "-f", "queue.json"] }
}

output "size" {
  value = exec.queue.result.size
}
