package words_test

import (
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/words"
)

func BenchmarkSplit(b *testing.B) {
	cases := map[string]string{
		"plain":  "systemctl reload nginx.service",
		"quoted": `openssl req -x509 -newkey rsa:2048 -subj '/C=DE/O=An Organisation/CN=example.org' -keyout "a key.pem"`,
	}
	for name, command := range cases {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := words.Split(command); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkQuote(b *testing.B) {
	cases := map[string][]string{
		"bare":   {"systemctl", "reload", "nginx.service"},
		"quoted": {"openssl", "req", "-subj", "/C=DE/O=An Organisation/CN=example.org", "it's", ""},
	}
	for name, list := range cases {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := words.Quote(list); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
