//go:build unix

package local

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"time"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// accountPatience is how long a directory service has for one answer. An answer that is
// not known at once costs seconds where its server is far, and much more where it is dead.
const accountPatience = 30 * time.Second

// lookUpUser returns nil without an error for a number that no account has.
func lookUpUser(ctx context.Context, name string) (*user.User, error) {
	account, err := user.Lookup(name)
	if err == nil {
		return account, nil
	}
	_, notNumber := strconv.ParseUint(name, 10, 32)
	if notNumber == nil {
		if account, err = user.LookupId(name); err == nil {
			return account, nil
		}
	}
	if !isUnknown(err) {
		return nil, unread(name, err)
	}
	line, err := getent(ctx, "passwd", name)
	switch {
	case err != nil:
		return nil, unread(name, err)
	case line == "" && notNumber == nil:
		return nil, nil
	case line == "":
		return nil, &host.StartError{Reason: host.UserUnknown, Subject: name}
	}
	if account, err = parseAccount(line); err != nil {
		return nil, unread(name, err)
	}
	return account, nil
}

// groupID returns -1 for no group.
func groupID(ctx context.Context, name string) (int, error) {
	if name == "" {
		return -1, nil
	}
	group, err := user.LookupGroup(name)
	if err != nil {
		if gid, notNumber := strconv.ParseUint(name, 10, 32); notNumber == nil {
			return int(gid), nil
		}
		if !isUnknown(err) {
			return 0, unread(name, err)
		}
		line, err := getent(ctx, "group", name)
		if err != nil {
			return 0, unread(name, err)
		}
		if line == "" {
			return 0, &host.StartError{Reason: host.GroupUnknown, Subject: name}
		}
		if group, err = parseGroup(line); err != nil {
			return 0, unread(name, err)
		}
	}
	gid, err := strconv.ParseUint(group.Gid, 10, 32)
	if err != nil {
		return 0, unread(name, err)
	}
	return int(gid), nil
}

// groupsOf returns all groups of an account, its primary one among them.
func groupsOf(ctx context.Context, account *user.User) ([]string, error) {
	if wholeDatabase {
		return account.GroupIds()
	}
	out, err := ask(ctx, "id", "-G", "--", account.Username)
	if isMissing(err) {
		return account.GroupIds()
	}
	return strings.Fields(out), err
}

// isUnknown tells an absent name from a database that could not be read.
func isUnknown(err error) bool {
	_, noUser := errors.AsType[user.UnknownUserError](err)
	_, noID := errors.AsType[user.UnknownUserIdError](err)
	_, noGroup := errors.AsType[user.UnknownGroupError](err)
	return noUser || noID || noGroup
}

func unread(name string, err error) error {
	return &host.StartError{Reason: host.StartOther, Subject: name, Detail: "the user database could not be read", Err: err}
}

// getent returns what the name service knows under a name, as a line of the file that the
// database is called after, or nothing. It knows more than package os/user, which without
// cgo reads those files alone, and not the directory of LDAP or SSSD.
func getent(ctx context.Context, database, name string) (line string, err error) {
	if strings.HasPrefix(name, "-") || strings.ContainsAny(name, ":\n\x00") {
		// No account is called that, and it would mean something else.
		return "", nil
	}
	out, err := ask(ctx, "getent", database, name)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && (exit.ExitCode() == 1 || exit.ExitCode() == 2) || isMissing(err) {
		return "", nil
	}
	line, _, _ = strings.Cut(out, "\n")
	return line, err
}

// isMissing reports that ask has found no such program.
func isMissing(err error) bool {
	return errors.Is(err, exec.ErrNotFound) || errors.Is(err, exec.ErrDot)
}

// ask returns what a program of the system prints.
func ask(ctx context.Context, program string, args ...string) (string, error) {
	limited, cancel := context.WithTimeout(ctx, accountPatience)
	defer cancel()
	c := exec.CommandContext(limited, program, args...)
	c.WaitDelay = outputGrace
	out, err := c.Output()
	switch {
	case err == nil:
		return string(out), nil
	case limited.Err() != nil:
		return "", fmt.Errorf("%s: no answer within %s", program, accountPatience)
	}
	return "", fmt.Errorf("%s: %w", program, err)
}

// parseAccount reads a line of passwd(5).
func parseAccount(line string) (*user.User, error) {
	fields := strings.Split(line, ":")
	if len(fields) < 6 || fields[0] == "" || !isID(fields[2]) || !isID(fields[3]) {
		return nil, fmt.Errorf("getent passwd printed no account: %q", line)
	}
	return &user.User{Username: fields[0], Uid: fields[2], Gid: fields[3], HomeDir: fields[5]}, nil
}

// parseGroup reads a line of group(5).
func parseGroup(line string) (*user.Group, error) {
	fields := strings.Split(line, ":")
	if len(fields) < 3 || fields[0] == "" || !isID(fields[2]) {
		return nil, fmt.Errorf("getent group printed no group: %q", line)
	}
	return &user.Group{Name: fields[0], Gid: fields[2]}, nil
}

func isID(text string) bool {
	_, err := strconv.ParseUint(text, 10, 32)
	return err == nil
}
