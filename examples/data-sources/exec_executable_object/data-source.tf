data "exec_executable_object" "tar" {
  exec_command = "tar"
  version_args = ["--version"]
}

# One that is not there is no error.
data "exec_executable_object" "zstd" {
  exec_command = "zstd"
  path         = ["/usr/bin", "/usr/local/bin"]
}

locals {
  compress = data.exec_executable_object.zstd.exists ? ["--use-compress-program=zstd"] : []
}

# Packed once, and again when there is another tar.
resource "exec" "pack" {
  command   = concat(["tar", "-cf", "empty.tar", "--files-from=/dev/null"], local.compress)
  subscribe = [data.exec_executable_object.tar.sha256]
}

output "tar" {
  value = data.exec_executable_object.tar.version
}
