/* The one program in the images of the tests: it waits until it gets a signal to end. */
#include <signal.h>
#include <unistd.h>

static void end(int number) {
    (void)number;
    _exit(0);
}

int main(void) {
    /* The first process of a container has no default action for signals. */
    signal(SIGTERM, end);
    signal(SIGINT, end);
    /* Nor does it have a shell above it: the kernel shall collect what is left to it. */
    signal(SIGCHLD, SIG_IGN);
    for (;;)
        pause();
}
