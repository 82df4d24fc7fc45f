resource "exec" "migrate" {
  command = ["rm", "outdated"]
  onlyif  = "test -e outdated"
}
