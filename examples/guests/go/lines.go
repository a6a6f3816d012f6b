// Sorts the lines of stdin and counts their letters, with one goroutine per
// chunk of lines and channels between them. Shows the Go runtime on WASI: its
// scheduler, garbage collector, maps, defer and panics. Without fmt, which
// would double the size of the module.
// Usage: lines [-r] [-panic]          (-r: descending)
package main

import (
	"bufio"
	"errors"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
)

const chunkSize = 4

type chunk struct {
	index   int
	lines   []string
	letters map[rune]int
}

// analyse sorts the lines of the chunks it receives and counts their letters.
func analyse(in <-chan chunk, out chan<- chunk) {
	for c := range in {
		sort.Strings(c.lines)
		c.letters = make(map[rune]int)
		for _, line := range c.lines {
			for _, r := range strings.ToLower(line) {
				if r != ' ' {
					c.letters[r]++
				}
			}
		}
		out <- c
	}
}

// merge joins two sorted lists.
func merge(a, b []string) []string {
	result := make([]string, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0] <= b[0] {
			result, a = append(result, a[0]), a[1:]
		} else {
			result, b = append(result, b[0]), b[1:]
		}
	}
	return append(append(result, a...), b...)
}

// primes starts a chain of filtering goroutines and returns the first n primes.
func primes(n int) []int {
	done := make(chan struct{})
	defer close(done)
	source := make(chan int)
	go func(out chan<- int) {
		for i := 2; ; i++ {
			select {
			case out <- i:
			case <-done:
				return
			}
		}
	}(source)
	var found []int
	for len(found) < n {
		p := <-source
		found = append(found, p)
		filtered := make(chan int)
		go func(in <-chan int, out chan<- int) {
			for i := range in {
				if i%p == 0 {
					continue
				}
				select {
				case out <- i:
				case <-done:
					return
				}
			}
		}(source, filtered)
		source = filtered
	}
	return found
}

func recovered() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("recovered: " + r.(error).Error())
		}
	}()
	var lines []string
	return errors.New(lines[len(os.Args)])
}

func main() {
	descending, panics := false, false
	for _, arg := range os.Args[1:] {
		descending = descending || arg == "-r"
		panics = panics || arg == "-panic"
	}

	in, out := make(chan chunk), make(chan chunk)
	var workers sync.WaitGroup
	for i := 0; i < 3; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			analyse(in, out)
		}()
	}
	go func() {
		scanner := bufio.NewScanner(os.Stdin)
		current := chunk{}
		for scanner.Scan() {
			current.lines = append(current.lines, scanner.Text())
			if len(current.lines) == chunkSize {
				in <- current
				current = chunk{index: current.index + 1}
			}
		}
		if len(current.lines) > 0 {
			in <- current
		}
		close(in)
		workers.Wait()
		close(out)
	}()

	var sorted []string
	letters := make(map[rune]int)
	chunks := 0
	for c := range out {
		chunks++
		sorted = merge(sorted, c.lines)
		for r, n := range c.letters {
			letters[r] += n
		}
	}

	w := bufio.NewWriter(os.Stdout)
	defer w.Flush()
	for i := range sorted {
		if descending {
			i = len(sorted) - 1 - i
		}
		w.WriteString(sorted[i] + "\n")
	}
	w.WriteString(strconv.Itoa(len(sorted)) + " lines in " + strconv.Itoa(chunks) + " chunks\n")

	keys := make([]rune, 0, len(letters))
	for r := range letters {
		keys = append(keys, r)
	}
	sort.Slice(keys, func(i, j int) bool {
		if letters[keys[i]] != letters[keys[j]] {
			return letters[keys[i]] > letters[keys[j]]
		}
		return keys[i] < keys[j]
	})
	for i := 0; i < len(keys) && i < 5; i++ {
		w.WriteString(strconv.Quote(string(keys[i])) + ": " + strconv.Itoa(letters[keys[i]]) + "\n")
	}

	w.WriteString("primes:")
	for _, p := range primes(15) {
		w.WriteString(" " + strconv.Itoa(p))
	}
	w.WriteString("\n" + recovered().Error() + "\n")
	if panics {
		w.Flush()
		panic("as asked")
	}
}
