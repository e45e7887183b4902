#!/usr/bin/env node
// lock.js .locks/build: Node has no flock, so the lock has a time. It ends by that when this
// process dies; when it was released and taken by another meanwhile, rm is refused.
const fs = require('fs');

const path = process.argv[2];
try {
	fs.writeFileSync(path, '10m'); // creates the file: takes the lock, for ten minutes
} catch (error) {
	if (error.code !== 'EBUSY') throw error;
	console.log('busy');
	process.exit(2);
}
console.log('held, token', String(fs.statSync(path, { bigint: true }).ino));
fs.readSync(0, Buffer.alloc(1)); // the work
// work that may take longer renews: fs.writeFileSync(path.replace(/[^/]*$/, '.lokt/renew/$&'), '10m')
fs.unlinkSync(path); // the lock is free
