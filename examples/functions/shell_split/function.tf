terraform {
  required_providers {
    exec = { source = "terraform-provider-exec/exec" }
  }
}

variable "flags" {
  description = "Flags as somebody would type them."
  default     = "--mode 0755 --message 'two words'"
}

# Arguments from one string, in a command that no shell reads.
resource "exec" "flags" {
  command = concat(["printf", "%s\\n"], provider::exec::shell_split(var.flags))
}

output "flags" {
  value = provider::exec::shell_split(var.flags)
}
