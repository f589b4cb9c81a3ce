// Forward makes TCP ports inside a network namespace reachable on this machine's loopback address.
//
//	forward -netns /run/netns/NAME 127.0.0.1:40001=198.51.100.1:6443 ...
package main

import (
	"flag"
	"io"
	"log"
	"net"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	netns := flag.String("netns", "", "path of the network namespace to dial in")
	flag.Parse()
	namespace, err := os.Open(*netns)
	if err != nil {
		log.Fatal(err)
	}
	for _, pair := range flag.Args() {
		from, to, found := strings.Cut(pair, "=")
		if !found {
			log.Fatalf("%q is not LISTEN=DIAL", pair)
		}
		listener, err := net.Listen("tcp", from)
		if err != nil {
			log.Fatal(err)
		}
		go accept(listener, namespace, to)
	}
	select {}
}

func accept(listener net.Listener, namespace *os.File, to string) {
	for {
		client, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			defer client.Close()
			server, err := dialIn(namespace, to)
			if err != nil {
				log.Print(err)
				return
			}
			defer server.Close()
			go copyHalf(server, client)
			copyHalf(client, server)
		}()
	}
}

// dialIn connects from inside the namespace. A thread that entered it is never given back to the scheduler: it ends with its
// goroutine, so that nothing else runs there by accident.
func dialIn(namespace *os.File, address string) (net.Conn, error) {
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result, 1)
	go func() {
		runtime.LockOSThread()
		if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- result{nil, err}
			return
		}
		conn, err := net.DialTimeout("tcp", address, 5*time.Second)
		done <- result{conn, err}
	}()
	r := <-done
	return r.conn, r.err
}

func copyHalf(to, from net.Conn) {
	io.Copy(to, from)
	to.(*net.TCPConn).CloseWrite()
}
