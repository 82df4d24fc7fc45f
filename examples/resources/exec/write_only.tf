variable "token" {
  type      = string
  ephemeral = true
}

# The token reaches the command and nothing else: no plan, no state, no message. Another
# version makes the command run again, with the token of then.
resource "exec" "login" {
  shell   = true
  command = "umask 077 && cat > token"

  write_only = {
    stdin = var.token
  }
  write_only_version = "1"

  destroy = {
    command = ["rm", "-f", "token"]
  }
}
