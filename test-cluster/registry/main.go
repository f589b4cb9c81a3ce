// Registry is a small OCI registry that keeps everything on disk: what was pushed is there after a restart. It has no
// authentication and removes nothing; it serves one test cluster.
//
//	DIR/blobs/sha256:...                 content
//	DIR/manifests/REPOSITORY/@REFERENCE  media type, a newline, the manifest (REFERENCE: a tag or a digest)
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
)

const digestPattern = `sha256:[0-9a-f]{64}`

var (
	name   = `([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)`
	routes = []struct {
		path   *regexp.Regexp
		handle func(s store, w http.ResponseWriter, r *http.Request, parts []string) error
	}{
		{regexp.MustCompile(`^/v2/$`), func(store, http.ResponseWriter, *http.Request, []string) error { return nil }},
		{regexp.MustCompile(`^/v2/` + name + `/blobs/uploads/([A-Za-z0-9]*)$`), store.upload},
		{regexp.MustCompile(`^/v2/` + name + `/blobs/(` + digestPattern + `)$`), store.blob},
		{regexp.MustCompile(`^/v2/` + name + `/manifests/(` + digestPattern + `|[A-Za-z0-9_][A-Za-z0-9._-]{0,127})$`), store.manifest},
	}
	errNotFound = errors.New("not found")
	errMethod   = errors.New("method not allowed")
)

// store is the directory everything lies in.
type store string

func main() {
	dir := flag.String("dir", "", "where images are kept")
	listen := flag.String("listen", "127.0.0.1:5000", "address to listen on")
	flag.Parse()
	s := store(*dir)
	for _, sub := range []string{"blobs", "uploads", "manifests"} {
		if err := os.MkdirAll(s.path(sub), 0o755); err != nil {
			log.Fatal(err)
		}
	}
	log.Fatal(http.ListenAndServe(*listen, s))
}

func (s store) path(parts ...string) string {
	return filepath.Join(append([]string{string(s)}, parts...)...)
}

func (s store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	err := errNotFound
	for _, route := range routes {
		if parts := route.path.FindStringSubmatch(r.URL.Path); parts != nil {
			err = route.handle(s, w, r, parts[1:])
			break
		}
	}
	if err == nil {
		return
	}
	status, code := http.StatusInternalServerError, "UNKNOWN"
	switch {
	case errors.Is(err, errNotFound), errors.Is(err, os.ErrNotExist):
		status, code = http.StatusNotFound, "NOT_FOUND"
	case errors.Is(err, errMethod):
		status, code = http.StatusMethodNotAllowed, "UNSUPPORTED"
	}
	log.Printf("%s %s: %v", r.Method, r.URL, err)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"errors": []map[string]string{{"code": code, "message": err.Error()}}})
}

func (s store) blob(w http.ResponseWriter, r *http.Request, parts []string) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return errMethod
	}
	digest := parts[1]
	file, err := os.Open(s.path("blobs", digest))
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	w.Header().Set("Docker-Content-Digest", digest)
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", info.ModTime(), file)
	return nil
}

// upload takes a blob whole (POST with a digest) or in parts (POST, any number of PATCH, PUT with a digest).
func (s store) upload(w http.ResponseWriter, r *http.Request, parts []string) error {
	repository, id := parts[0], parts[1]
	switch {
	case r.Method == http.MethodPost && id == "":
		file, err := os.CreateTemp(s.path("uploads"), "")
		if err != nil {
			return err
		}
		file.Close()
		id = filepath.Base(file.Name())
	case id == "", r.Method != http.MethodPatch && r.Method != http.MethodPut:
		return errMethod
	}
	partial := s.path("uploads", id)
	file, err := os.OpenFile(partial, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := io.Copy(file, r.Body); err != nil {
		return err
	}
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if digest := r.URL.Query().Get("digest"); digest != "" && r.Method != http.MethodPatch {
		if err := s.accept(partial, digest); err != nil {
			return err
		}
		w.Header().Set("Location", fmt.Sprintf("/v2/%s/blobs/%s", repository, digest))
		w.Header().Set("Docker-Content-Digest", digest)
		w.WriteHeader(http.StatusCreated)
		return nil
	}
	w.Header().Set("Location", fmt.Sprintf("/v2/%s/blobs/uploads/%s", repository, id))
	w.Header().Set("Range", fmt.Sprintf("0-%d", max(size-1, 0)))
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// accept makes an upload a blob, after its content proved to be what the digest says.
func (s store) accept(partial, digest string) error {
	file, err := os.Open(partial)
	if err != nil {
		return err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return err
	}
	if got := fmt.Sprintf("sha256:%x", hash.Sum(nil)); got != digest {
		return fmt.Errorf("content is %s, not %q", got, digest)
	}
	return os.Rename(partial, s.path("blobs", digest))
}

func (s store) manifest(w http.ResponseWriter, r *http.Request, parts []string) error {
	repository, reference := parts[0], parts[1]
	// A reference is one path element behind a marker, so that repositories a and a/b do not meet.
	file := func(reference string) string { return s.path("manifests", repository, "@"+reference) }
	switch r.Method {
	case http.MethodPut:
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		digest := fmt.Sprintf("sha256:%x", sha256.Sum256(body))
		content := append([]byte(r.Header.Get("Content-Type")+"\n"), body...)
		if err := os.MkdirAll(s.path("manifests", repository), 0o755); err != nil {
			return err
		}
		for _, ref := range []string{digest, reference} {
			temporary := file(ref) + ".new"
			if err := os.WriteFile(temporary, content, 0o644); err != nil {
				return err
			}
			if err := os.Rename(temporary, file(ref)); err != nil {
				return err
			}
		}
		w.Header().Set("Location", fmt.Sprintf("/v2/%s/manifests/%s", repository, digest))
		w.Header().Set("Docker-Content-Digest", digest)
		w.WriteHeader(http.StatusCreated)
		return nil
	case http.MethodGet, http.MethodHead:
		content, err := os.ReadFile(file(reference))
		if err != nil {
			return err
		}
		mediaType, body, _ := bytes.Cut(content, []byte("\n"))
		w.Header().Set("Content-Type", string(mediaType))
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.Header().Set("Docker-Content-Digest", fmt.Sprintf("sha256:%x", sha256.Sum256(body)))
		if r.Method == http.MethodGet {
			w.Write(body)
		}
		return nil
	}
	return errMethod
}
