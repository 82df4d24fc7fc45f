package host_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

const (
	benchSecret = "correct horse battery staple"
	benchLine   = "2026-01-02T03:04:05Z connected with correct horse battery staple to db.example.org\n"
)

func BenchmarkNewMasker(b *testing.B) {
	cases := map[string][]string{
		"no secret":   nil,
		"one secret":  {benchSecret},
		"private key": {strings.Repeat("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n", 28)},
	}
	for name, secrets := range cases {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				host.NewMasker(secrets...)
			}
		})
	}
}

func BenchmarkMask(b *testing.B) {
	text := strings.Repeat(benchLine, 50)
	m := host.NewMasker(benchSecret)
	for name, mask := range map[string]func(string) string{"Mask": m.Mask, "MaskPart": m.MaskPart} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if mask(text) == text {
					b.Fatal("nothing was hidden")
				}
			}
		})
	}
}
