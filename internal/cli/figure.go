package cli

import "strings"

// The size of a figure drawn as text, in cells.
const textWidth, textHeight = 120, 40

// isText reports whether a figure's file name asks for text.
func isText(path string) bool { return strings.HasSuffix(strings.ToLower(path), ".txt") }
