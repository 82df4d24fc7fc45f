resource "exec" "greet" {
  command = "echo hello"
}
