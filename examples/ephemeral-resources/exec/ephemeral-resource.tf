# A token for as long as a plan or an apply takes. The last line stands for a tool that
# logs in and prints one; the close command for one that logs out.
ephemeral "exec" "login" {
  shell   = true
  command = <<-EOT
    umask 077
    echo open > session
    printf '{"token": "%s"}' "$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')"
  EOT

  close = {
    command = ["rm", "-f", "session"]
  }
}

# The settings of a provider may be ephemeral.
provider "exec" {
  alias = "private"

  git_credentials = [{
    url_prefix = "https://git.example.com/"
    password   = ephemeral.exec.login.result.token
  }]
}

resource "exec" "greeting" {
  provider = exec.private
  command  = ["echo", "hello"]
}
