/* Included into every file of the library with EDGERT_GLIBC_BASELINE: binds the functions whose
 * symbol version is newer than glibc 2.17 (they moved from libpthread to libc) to their first
 * version, which every later glibc still has. The library then runs on systems older than the one
 * it is built on. */
#if defined(__x86_64__)
#define EDGERT_FIRST_VERSION "GLIBC_2.2.5"
#define EDGERT_FIRST_SETNAME_VERSION "GLIBC_2.12"
#elif defined(__aarch64__)
#define EDGERT_FIRST_VERSION "GLIBC_2.17"
#define EDGERT_FIRST_SETNAME_VERSION "GLIBC_2.17"
#elif defined(__arm__)
#define EDGERT_FIRST_VERSION "GLIBC_2.4"
#define EDGERT_FIRST_SETNAME_VERSION "GLIBC_2.12"
#endif

__asm__(".symver pthread_create,pthread_create@" EDGERT_FIRST_VERSION);
__asm__(".symver pthread_join,pthread_join@" EDGERT_FIRST_VERSION);
__asm__(".symver pthread_sigmask,pthread_sigmask@" EDGERT_FIRST_VERSION);
__asm__(".symver pthread_attr_setstacksize,pthread_attr_setstacksize@" EDGERT_FIRST_VERSION);
__asm__(".symver pthread_setname_np,pthread_setname_np@" EDGERT_FIRST_SETNAME_VERSION);
