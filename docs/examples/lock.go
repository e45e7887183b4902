// go run lock.go .locks/build: the lock ends with this process, however that ends.
package main

import (
	"bufio"
	"fmt"
	"os"
	"syscall"
)

func main() {
	file, err := os.OpenFile(os.Args[1], os.O_RDONLY|os.O_CREATE, 0666)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	// without LOCK_NB: wait for it, in order of arrival
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == syscall.EWOULDBLOCK {
		fmt.Println("busy")
		os.Exit(2)
	} else if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	var lease syscall.Stat_t
	syscall.Fstat(int(file.Fd()), &lease)
	fmt.Println("held, token", lease.Ino)
	bufio.NewReader(os.Stdin).ReadString('\n') // the work
	file.Close()                               // the lock is free
}
