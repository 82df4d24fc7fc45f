package sshauth

import (
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"
)

// defaultKeys are the files in ~/.ssh that ssh tries by itself, in its order.
var defaultKeys = []string{"id_rsa", "id_ecdsa", "id_ed25519"}

// keyFiles returns the user's default keys that need no passphrase, and their files.
func keyFiles() (signers []ssh.Signer, files []string) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, nil
	}
	for _, name := range defaultKeys {
		file := filepath.Join(home, ".ssh", name)
		content, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		signer, err := decrypted(content, "")
		if err != nil {
			continue
		}
		signers = append(signers, signer)
		files = append(files, file)
	}
	return signers, files
}
