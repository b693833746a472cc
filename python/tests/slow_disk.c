/* A disk that takes its time, and fails when it is told to: loaded before the C library. */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int fdatasync(int fd) {
    const char *failing = getenv("FAILING_DISK");
    if (failing && access(failing, F_OK) == 0) {
        errno = EIO;
        return -1;
    }
    const char *milliseconds = getenv("SLOW_DISK");
    long long pause = milliseconds ? atoll(milliseconds) : 0;
    struct timespec left = {pause / 1000, pause % 1000 * 1000000};
    nanosleep(&left, NULL);
    return (int)syscall(SYS_fdatasync, fd);
}
