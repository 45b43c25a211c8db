// Ftft is a terminal workbench for dataset cartography and for FTFT, Fine-Tuning by transFerring Training dynamics
// (arXiv 2310.06588).
package main

import (
	"os"

	"ftft/internal/cli"
)

func main() { os.Exit(cli.Main()) }
