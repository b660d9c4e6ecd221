/*
 * A program as gcc makes it, for the kernel's tests: sieves primes into .bss, writes them in decimal to
 * descriptor 1 (a pipe) and reads them back from descriptor 0 through its own end, and keeps what it saw.
 *
 *   gcc -m32 -march=i386 -O2 -ffreestanding -fno-pic -no-pie -fno-stack-protector -fcf-protection=none
 *       -fno-asynchronous-unwind-tables -nostdlib -static -Wl,--build-id=none -Wl,-Ttext-segment=0x08048000
 *       -Wl,-z,max-page-size=4096 -o primes.elf primes.c
 */
#define LIMIT 60

static unsigned char composite[LIMIT];
char received[64];
int received_count;
int checksum = 1;
static const char SPACE[] = " ";

static int call3(int number, int a, const void *b, int c)
{
    int result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
    return result;
}

/* Digits by recursion, so that the stack is used. */
static void __attribute__((noinline)) print(unsigned n)
{
    char digit;
    if (n >= 10)
        print(n / 10);
    digit = (char)('0' + n % 10);
    call3(4, 1, &digit, 1);
}

static void drain(void)
{
    int got = call3(3, 0, received + received_count, 8);
    for (int i = 0; i < got; i += 1)
        checksum = checksum * 31 + received[received_count + i];
    received_count += got;
}

void _start(void)
{
    for (int i = 2; i < LIMIT; i += 1) {
        if (composite[i])
            continue;
        print((unsigned)i);
        call3(4, 1, SPACE, 1);
        drain();
        for (int j = i * i; j < LIMIT; j += i)
            composite[j] = 1;
    }
    call3(1, received_count & 0x7f, 0, 0);
    __builtin_unreachable();
}
