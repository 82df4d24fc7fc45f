resource "exec" "clean" {
  command = ["rm", "leftover"]
  removes = "leftover"
}
