package figure

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
)

func TestPDFIsCompleteAndWithoutTime(t *testing.T) {
	for _, n := range []int{0, 300, 30_000} {
		file := write(t, "pdf", many(n), light)
		if !bytes.HasPrefix(file, []byte("%PDF-1.")) || !bytes.HasSuffix(bytes.TrimSpace(file), []byte("%%EOF")) {
			t.Errorf("begins %q, ends %q", file[:8], file[len(file)-8:])
		}
		for _, entry := range []string{"CreationDate", "ModDate", "(D:"} {
			if bytes.Contains(file, []byte(entry)) {
				t.Errorf("holds %s", entry)
			}
		}
		_, after, _ := bytes.Cut(file[bytes.LastIndex(file, []byte("startxref")):], []byte("\n"))
		offset, err := strconv.Atoi(strings.Fields(string(after))[0])
		if err != nil || !bytes.HasPrefix(file[offset:], []byte("xref")) {
			t.Errorf("its table of contents is not at %d (%v)", offset, err)
		}
		checkObjects(t, file, offset)
	}
}

// checkObjects checks that each object is at the offset that the cross-reference table states.
func checkObjects(t *testing.T, file []byte, table int) {
	t.Helper()
	for number, line := range strings.Split(string(file[table:]), "\n")[3:] {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[2] != "n" {
			return
		}
		if offset, _ := strconv.Atoi(fields[0]); !bytes.HasPrefix(file[offset:], fmt.Appendf(nil, "%d 0 obj", number+1)) {
			t.Errorf("object %d is not at %d: %.20q", number+1, offset, file[offset:])
		}
	}
}

// content returns the page's streams, those that can be inflated.
func content(file []byte) string {
	var all bytes.Buffer
	for rest := file; ; {
		_, after, ok := bytes.Cut(rest, []byte("stream\n"))
		if !ok {
			return all.String()
		}
		if inflater, err := zlib.NewReader(bytes.NewReader(after)); err == nil {
			_, _ = io.Copy(&all, inflater) // the error comes from bytes after the stream
		}
		rest = after
	}
}

// The coordinate system of the image points up, and the image lies where the map does.
func TestPDFImageIsUpright(t *testing.T) {
	type matrix [6]float64
	identity := matrix{1, 0, 0, 1, 0, 0}
	now, saved := identity, []matrix{}
	for line := range strings.Lines(content(write(t, "pdf", many(30_000), light))) {
		words := strings.Fields(line)
		var m matrix
		for i, word := range words {
			switch word {
			case "q":
				saved = append(saved, now)
			case "Q":
				now, saved = saved[len(saved)-1], saved[:len(saved)-1]
			case "cm":
				for k := range m {
					m[k], _ = strconv.ParseFloat(words[i-6+k], 64)
				}
				now = matrix{m[0]*now[0] + m[1]*now[2], m[0]*now[1] + m[1]*now[3], m[2]*now[0] + m[3]*now[2], m[2]*now[1] + m[3]*now[3],
					m[4]*now[0] + m[5]*now[2] + now[4], m[4]*now[1] + m[5]*now[3] + now[5]}
			case "Do":
				want := matrix{288, 0, 0, 276, 42, 36}
				for k := range want {
					if d := now[k] - want[k]; d < -0.02 || d > 0.02 {
						t.Fatalf("the image is drawn by %v, not by %v", now, want)
					}
				}
				return
			}
		}
	}
	t.Fatal("no image is drawn")
}

func TestPDFHasTheTextInItsEncoding(t *testing.T) {
	m := many(300)
	m.Title = "Größe λ"
	if text := content(write(t, "pdf", m, light)); !strings.Contains(text, "(Gr\xf6\xdfe ?)") || !strings.Contains(text, "(easy-to-learn)") {
		t.Error("the texts are not in it")
	}
}
