// The kubelet's own code behind JSON lines: a question a line on standard input, an answer a line on standard output.
//
// It is built with the Kubernetes release whose go.mod is in the working directory of the build, see ../kubelet.py.
// Whatever it decides is decided by the kubelet's packages; only the protocol is translated here.
//
// A go.mod's "go" line would choose how net/url treats a second colon in a host (urlstrictcolons) and more; the next line
// chooses the behaviour of the newest Go that Kubernetes is released with, for all releases of Kubernetes.

//go:debug default=go1.26

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/go-logr/logr"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/credentialprovider/plugin"
	"k8s.io/kubernetes/pkg/credentialprovider/secrets"
	"k8s.io/kubernetes/pkg/util/parsers"
)

// A text that need not be UTF-8 has a second field, in base64.
type question struct {
	Op           string             `json:"op"`
	Image        string             `json:"image"`
	Format       string             `json:"format"`
	Text         string             `json:"text"`
	TextB64      []byte             `json:"text_b64"`
	Secrets      []secret           `json:"secrets"`
	NodeConfig   *string            `json:"node_config"`
	NodeB64      []byte             `json:"node_config_b64"`
	NodeFiles    map[string]*string `json:"node_files"`
	NodeFilesB64 map[string][]byte  `json:"node_files_b64"`
	Files        map[string]string  `json:"files"`
	Folder       bool               `json:"folder"`
	Pattern      string             `json:"pattern"`
}

type secret struct {
	Name      string            `json:"name"`
	Namespace string            `json:"namespace"`
	Type      string            `json:"type"`
	Data      map[string]string `json:"data"`
	DataB64   map[string][]byte `json:"data_b64"`
}

func main() {
	if len(os.Args) != 2 {
		fail(errors.New("usage: kubelet-oracle SCRATCH, with HOME=SCRATCH/home"))
	}
	if err := serve(os.Args[1], os.Stdin, os.Stdout); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "kubelet-oracle:", err)
	os.Exit(1)
}

func serve(scratch string, in io.Reader, out io.Writer) error {
	klog.SetLogger(logr.Discard())
	// Without this feature the answers have no source. On by default since 1.35.
	if err := utilfeature.DefaultMutableFeatureGate.Set("KubeletEnsureSecretPulledImages=true"); err != nil {
		return err
	}
	if err := prepare(scratch); err != nil {
		return err
	}
	reader, writer := bufio.NewReaderSize(in, 1<<16), bufio.NewWriterSize(out, 1<<16)
	for {
		line, err := reader.ReadBytes('\n')
		if len(line) > 0 {
			answered, err := answer(scratch, line)
			if err != nil {
				return err
			}
			writer.Write(append(answered, '\n'))
		}
		if err == io.EOF {
			return writer.Flush()
		}
		if err != nil {
			return err
		}
		if reader.Buffered() == 0 { // whoever asks waits for what is answered so far
			if err := writer.Flush(); err != nil {
				return err
			}
		}
	}
}

// prepare makes the scratch folder the only place that the kubelet's search for node files finds anything in.
func prepare(scratch string) error {
	if home, err := os.UserHomeDir(); err != nil || home != filepath.Join(scratch, "home") {
		return fmt.Errorf("HOME is %q and not %q", home, filepath.Join(scratch, "home"))
	}
	for _, path := range []string{"/.docker/config.json", "/.dockercfg"} {
		if _, err := os.Stat(path); err == nil {
			return fmt.Errorf("%s exists: a kubelet on this machine would read it, and so would this program", path)
		}
	}
	for _, folder := range []string{"root", "cwd", "home/.docker"} {
		if err := os.MkdirAll(filepath.Join(scratch, folder), 0o700); err != nil {
			return err
		}
	}
	credentialprovider.SetPreferredDockercfgPath(filepath.Join(scratch, "root"))
	return os.Chdir(filepath.Join(scratch, "cwd"))
}

// answer returns an error only when the question breaks the protocol.
func answer(scratch string, line []byte) ([]byte, error) {
	var asked question
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&asked); err != nil {
		return nil, err
	}
	switch asked.Op {
	case "image":
		return image(asked), nil
	case "parse":
		return parse(asked), nil
	case "lookup":
		return lookup(scratch, asked)
	case "refresh":
		return refresh(scratch, asked)
	case "providers":
		return providers(scratch, asked)
	case "match_image":
		return matchImage(asked), nil
	}
	return nil, fmt.Errorf("unknown op %q", asked.Op)
}

func image(asked question) []byte {
	repo, tag, digest, err := parsers.ParseImageName(asked.Image)
	return object("error", problem(err), "repo", text(repo), "tag", text(tag), "digest", text(digest))
}

func parse(asked question) []byte {
	config, err := decode(asked.Format, either(asked.TextB64, asked.Text))
	if err != nil {
		return object("error", problem(err), "entries", "null")
	}
	var entries []string
	for key, entry := range config {
		entries = append(entries, text(key), string(object("username", text(entry.Username), "password", text(entry.Password))))
	}
	return object("error", "null", "entries", string(object(entries...)))
}

// decode is what pkg/credentialprovider/secrets does with a Secret's value.
func decode(format string, document []byte) (credentialprovider.DockerConfig, error) {
	if format == "dockercfg" {
		config := credentialprovider.DockerConfig{}
		err := json.Unmarshal(document, &config)
		return config, err
	}
	config := credentialprovider.DockerConfigJSON{}
	err := json.Unmarshal(document, &config)
	return config.Auths, err
}

// lookup is makeLookupPullCredentialsFunc of pkg/kubelet/images/image_manager.go without credential provider programs.
func lookup(scratch string, asked question) ([]byte, error) {
	remove, err := writeNodeFiles(scratch, asked)
	defer remove()
	if err != nil {
		return nil, err
	}
	repo, _, _, err := parsers.ParseImageName(asked.Image)
	if err != nil {
		return found(nil, false, err), nil
	}
	keyring, err := secrets.MakeDockerKeyring(pullSecrets(asked), credentialprovider.NewDefaultDockerKeyring())
	if err != nil {
		return found(nil, false, err), nil
	}
	credentials, any := keyring.Lookup(repo)
	return found(credentials, any, nil), nil
}

// refresh asks one keyring of the node, as the kubelet keeps it, before its file is there and after, and how long it keeps an answer.
func refresh(scratch string, asked question) ([]byte, error) {
	keyring := credentialprovider.NewDefaultDockerKeyring()
	_, before := keyring.Lookup(asked.Image)
	remove, err := writeNodeFiles(scratch, asked)
	defer remove()
	if err != nil {
		return nil, err
	}
	_, after := keyring.Lookup(asked.Image)
	_, anew := credentialprovider.NewDefaultDockerKeyring().Lookup(asked.Image)
	providers := reflect.ValueOf(keyring).Elem().FieldByName("Providers").Interface().([]credentialprovider.DockerConfigProvider)
	lifetime := providers[0].(*credentialprovider.CachingDockerConfigProvider).Lifetime
	return object(
		"before", fmt.Sprint(before), "after", fmt.Sprint(after), "anew", fmt.Sprint(anew), "seconds", fmt.Sprint(lifetime.Seconds()),
	), nil
}

// providers asks whether a kubelet would start with a CredentialProviderConfig, in one file or in a folder of files.
//
// RegisterCredentialProviderPlugins looks for the programs last, and here is none: so nothing is ever registered, which could be
// done once only for each name, and whoever gets as far as that has a valid configuration.
func providers(scratch string, asked question) ([]byte, error) {
	folder, err := os.MkdirTemp(scratch, "providers-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	programs, path := filepath.Join(folder, "bin"), filepath.Join(folder, "config")
	for _, made := range []string{programs, path} {
		if err := os.Mkdir(made, 0o700); err != nil {
			return nil, err
		}
	}
	for name, content := range asked.Files {
		if err := os.WriteFile(filepath.Join(path, name), []byte(content), 0o600); err != nil {
			return nil, err
		}
		if !asked.Folder {
			path = filepath.Join(path, name)
		}
	}
	err = plugin.RegisterCredentialProviderPlugins(path, programs, nil, nil)
	if err == nil {
		return nil, errors.New("a provider without a program was registered")
	}
	if strings.HasPrefix(err.Error(), "plugin binary executable ") {
		err = nil
	}
	return object("error", problem(err)), nil
}

// matchImage is isImageAllowed of pkg/credentialprovider/plugin/plugin.go.
func matchImage(asked question) []byte {
	repo, _, _, err := parsers.ParseImageName(asked.Image)
	if err != nil {
		return object("error", problem(err), "matches", "false")
	}
	_, err = credentialprovider.ParseSchemelessURL(asked.Pattern)
	matches, _ := credentialprovider.URLsMatchStr(asked.Pattern, repo)
	return object("error", problem(err), "matches", fmt.Sprint(matches))
}

func pullSecrets(asked question) []v1.Secret {
	var all []v1.Secret
	for _, one := range asked.Secrets {
		data := map[string][]byte{}
		for key, value := range one.Data {
			data[key] = []byte(value)
		}
		for key, value := range one.DataB64 {
			data[key] = value
		}
		all = append(all, v1.Secret{
			ObjectMeta: metav1.ObjectMeta{Name: one.Name, Namespace: one.Namespace},
			Type:       v1.SecretType(one.Type),
			Data:       data,
		})
	}
	return all
}

// writeNodeFiles returns what removes them again, whether it failed or not; a file without a text is a folder, which nobody can read.
func writeNodeFiles(scratch string, asked question) (func(), error) {
	var written []string
	remove := func() {
		for _, path := range written {
			os.Remove(path)
		}
	}
	for place, document := range nodeFiles(asked) {
		path := filepath.Join(scratch, place)
		written = append(written, path)
		write := func() error { return os.WriteFile(path, document, 0o600) }
		if document == nil {
			write = func() error { return os.Mkdir(path, 0o700) }
		}
		if err := write(); err != nil {
			return remove, err
		}
	}
	return remove, nil
}

func nodeFiles(asked question) map[string][]byte {
	files := map[string][]byte{}
	if asked.NodeConfig != nil || asked.NodeB64 != nil {
		files["root/config.json"] = either(asked.NodeB64, pointed(asked.NodeConfig))
	}
	for place, document := range asked.NodeFiles {
		files[place] = nil
		if document != nil {
			files[place] = []byte(*document)
		}
	}
	for place, document := range asked.NodeFilesB64 {
		files[place] = document
	}
	return files
}

func pointed(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

func either(encoded []byte, plain string) []byte {
	if encoded != nil {
		return encoded
	}
	return []byte(plain)
}

func found(credentials []credentialprovider.TrackedAuthConfig, any bool, err error) []byte {
	var all []string
	for _, one := range credentials {
		source := "node"
		if one.Source != nil && one.Source.Secret != nil {
			source = one.Source.Secret.Namespace + "/" + one.Source.Secret.Name
		}
		all = append(all, string(object("username", text(one.Username), "password", text(one.Password), "source", text(source))))
	}
	return object("error", problem(err), "credentials", "["+strings.Join(all, ",")+"]", "found", fmt.Sprint(any))
}

// object is a JSON object of names and JSON values in turn; names that need escapes come with their quotes.
func object(members ...string) []byte {
	var parts []string
	for i := 0; i < len(members); i += 2 {
		name := members[i]
		if !strings.HasPrefix(name, `"`) {
			name = text(name)
		}
		parts = append(parts, name+":"+members[i+1])
	}
	return []byte("{" + strings.Join(parts, ",") + "}")
}

func problem(err error) string {
	if err == nil {
		return "null"
	}
	return text(err.Error())
}

// text is a JSON string; a byte that is not UTF-8 is the lone surrogate that Python's surrogateescape makes of it.
func text(raw string) string {
	var out strings.Builder
	out.WriteByte('"')
	for i := 0; i < len(raw); {
		char, size := utf8.DecodeRuneInString(raw[i:])
		switch {
		case char == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\udc%02x`, raw[i])
		case char < ' ' || char == '"' || char == '\\':
			fmt.Fprintf(&out, `\u%04x`, char)
		default:
			out.WriteString(raw[i : i+size])
		}
		i += size
	}
	out.WriteByte('"')
	return out.String()
}
