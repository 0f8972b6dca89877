// Checks a log that spangate wrote as tiles with the libraries of the Go ecosystem: a job in JSON on standard
// input, one line on standard output when all is well, an error and status 1 otherwise.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"filippo.io/torchwood"
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type job struct {
	Folder      string // of checkpoint and tile/
	Key         string // verifier key of the log
	Witness     string // verifier key of a witness, or nothing
	Inclusion   []inclusion
	Consistency []consistency
	TlogProofs  []tlogProof
}

// Hashes are base64, which encoding/json decodes.
type inclusion struct {
	Index uint64
	Leaf  []byte
	Proof [][]byte
}

type consistency struct {
	From  uint64
	Root  []byte
	Proof [][]byte
}

type tlogProof struct {
	Leaf []byte
	Text string
}

func main() {
	var j job
	if err := json.NewDecoder(os.Stdin).Decode(&j); err != nil {
		fail(err)
	}
	tree, err := open(j)
	if err != nil {
		fail(fmt.Errorf("checkpoint: %w", err))
	}
	for name, check := range map[string]func(job, tlog.Tree) error{
		"entries (transparency-dev/merkle)": checkEntries, "tiles (x/mod/sumdb/tlog)": checkTiles,
		"proofs (transparency-dev/merkle)": checkProofs, "tlog-proof (torchwood)": checkTlogProofs,
	} {
		if err := check(j, tree); err != nil {
			fail(fmt.Errorf("%s: %w", name, err))
		}
	}
	fmt.Printf("%d entries, %d inclusion, %d consistency, %d tlog-proof\n", tree.N, len(j.Inclusion), len(j.Consistency), len(j.TlogProofs))
}

// open verifies the checkpoint with the reference implementation of signed notes.
func open(j job) (tlog.Tree, error) {
	signed, err := os.ReadFile(filepath.Join(j.Folder, "checkpoint"))
	if err != nil {
		return tlog.Tree{}, err
	}
	verifier, err := note.NewVerifier(j.Key)
	if err != nil {
		return tlog.Tree{}, err
	}
	n, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	c, err := torchwood.ParseCheckpoint(n.Text)
	return c.Tree, err
}

// checkEntries hashes every entry of every bundle and compares the root.
func checkEntries(j job, tree tlog.Tree) error {
	factory := compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
	grown := factory.NewEmptyRange(0)
	for index := int64(0); index*256 < tree.N; index++ {
		bundle, err := os.ReadFile(filepath.Join(j.Folder, torchwood.TilePath(tlog.Tile{H: 8, L: -1, N: index, W: int(min(256, tree.N-index*256))})))
		if err != nil {
			return err
		}
		for len(bundle) > 0 {
			var entry []byte
			if entry, bundle, err = torchwood.ReadTileEntry(bundle); err != nil {
				return err
			}
			if err := grown.Append(rfc6962.DefaultHasher.HashLeaf(entry), nil); err != nil {
				return err
			}
		}
	}
	root, err := grown.GetRootHash(nil)
	if err != nil {
		return err
	}
	if grown.End() != uint64(tree.N) || [32]byte(root) != tree.Hash {
		return fmt.Errorf("the %d entries do not have the root of the checkpoint", grown.End())
	}
	return nil
}

type files struct{ folder string }

func (f files) Height() int                         { return 8 }
func (f files) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (f files) ReadTiles(t []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range t {
		bytes, err := os.ReadFile(filepath.Join(f.folder, torchwood.TilePath(tile)))
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

// checkTiles proves leaves and older trees from our tiles, each of which the reader authenticates.
func checkTiles(j job, tree tlog.Tree) error {
	reader := tlog.TileHashReader(tree, files{j.Folder})
	for _, in := range j.Inclusion {
		proven, err := tlog.ProveRecord(tree.N, int64(in.Index), reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proven, tree.N, tree.Hash, int64(in.Index), tlog.Hash(in.Leaf)); err != nil {
			return fmt.Errorf("record %d: %w", in.Index, err)
		}
	}
	for _, c := range j.Consistency {
		proven, err := tlog.ProveTree(tree.N, int64(c.From), reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proven, tree.N, tree.Hash, int64(c.From), tlog.Hash(c.Root)); err != nil {
			return fmt.Errorf("tree %d: %w", c.From, err)
		}
	}
	// Every hash of level 0, and with it every tile.
	for first := int64(0); first < tree.N; first += 256 {
		if _, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, first)}); err != nil {
			return err
		}
	}
	return nil
}

// checkProofs verifies the proofs that our code made.
func checkProofs(j job, tree tlog.Tree) error {
	for _, in := range j.Inclusion {
		if err := proof.VerifyInclusion(rfc6962.DefaultHasher, in.Index, uint64(tree.N), in.Leaf, in.Proof, tree.Hash[:]); err != nil {
			return fmt.Errorf("record %d: %w", in.Index, err)
		}
	}
	for _, c := range j.Consistency {
		if err := proof.VerifyConsistency(rfc6962.DefaultHasher, c.From, uint64(tree.N), c.Proof, c.Root, tree.Hash[:]); err != nil {
			return fmt.Errorf("tree %d: %w", c.From, err)
		}
	}
	return nil
}

func checkTlogProofs(j job, tree tlog.Tree) error {
	verifier, err := note.NewVerifier(j.Key)
	if err != nil {
		return err
	}
	policies := []torchwood.Policy{torchwood.OriginPolicy(verifier.Name()), torchwood.SingleVerifierPolicy(verifier)}
	if j.Witness != "" {
		witness, err := torchwood.NewCosignatureVerifier(j.Witness)
		if err != nil {
			return err
		}
		policies = append(policies, torchwood.SingleVerifierPolicy(witness))
	}
	for _, p := range j.TlogProofs {
		if len(p.Leaf) != 32 {
			return errors.New("not a hash")
		}
		if err := torchwood.VerifyProof(torchwood.ThresholdPolicy(len(policies), policies...), tlog.Hash(p.Leaf), []byte(p.Text)); err != nil {
			return err
		}
	}
	return nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
