#include "runtime/cpus.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#if defined(__linux__)
#include <sys/syscall.h>
#endif

#include "edgert.h"

namespace edgert {
namespace {

constexpr size_t kPathSize = 1024;

// The start of a small file as a string; "" where it cannot be read.
template <size_t N>
const char* read_text(const char* path, char (&text)[N]) {
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t size = 0;
  if (descriptor >= 0) {
    size = read(descriptor, text, N - 1);
    close(descriptor);
  }
  text[size > 0 ? size : 0] = '\0';
  return text;
}

int32_t cpus_of(long long quota, long long period) {
  if (quota <= 0 || period <= 0) return 0;
  return static_cast<int32_t>(std::min<long long>((quota - 1) / period + 1, kMaxThreads));
}

// The quota of one group's folder; 0: none.
int32_t folder_cpus(const char* folder, bool v2) {
  char path[kPathSize + 32], text[64];
  long long quota = 0, period = 0;
  if (v2) {
    std::snprintf(path, sizeof(path), "%s/cpu.max", folder);
    // "max 100000" where there is no limit
    if (std::sscanf(read_text(path, text), "%lld %lld", &quota, &period) != 2) return 0;
    return cpus_of(quota, period);
  }
  std::snprintf(path, sizeof(path), "%s/cpu.cfs_quota_us", folder);
  quota = std::atoll(read_text(path, text));  // -1 where there is no limit
  std::snprintf(path, sizeof(path), "%s/cpu.cfs_period_us", folder);
  period = std::atoll(read_text(path, text));
  return cpus_of(quota, period);
}

int32_t smaller(int32_t a, int32_t b) {
  if (a == 0 || b == 0) return std::max(a, b);
  return std::min(a, b);
}

// The tightest quota of `group` and the groups above it. `mount` is the controller's mount point.
// In a container the group's path may be that of the host; its own limits are then at the mount
// point.
int32_t hierarchy_cpus(const char* mount, const char* group, bool v2) {
  char folder[kPathSize];
  const int length = std::snprintf(folder, sizeof(folder), "%s%s", mount, group);
  if (length < 0 || static_cast<size_t>(length) >= sizeof(folder)) return folder_cpus(mount, v2);
  const size_t mount_length = std::strlen(mount);
  int32_t cpus = 0;
  for (;;) {
    cpus = smaller(cpus, folder_cpus(folder, v2));
    char* slash = std::strrchr(folder, '/');
    if (slash == nullptr || static_cast<size_t>(slash - folder) < mount_length) return cpus;
    *slash = '\0';
  }
}

// Whether the comma-separated `list` has `item`.
bool lists(const char* list, const char* list_end, const char* item) {
  const size_t size = std::strlen(item);
  for (const char* p = list; p < list_end;) {
    const char* comma = std::find(p, list_end, ',');
    if (static_cast<size_t>(comma - p) == size && std::strncmp(p, item, size) == 0) return true;
    p = comma + 1;
  }
  return false;
}

}  // namespace

int32_t affinity_cpus() {
#if defined(__linux__)
  // The system call, as it takes a mask of any size: cpu_set_t ends at 1024 CPUs.
  unsigned long mask[128] = {};
  const long bytes = syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
  int32_t count = 0;
  for (unsigned long word : mask) count += __builtin_popcountl(word);
  if (bytes > 0 && count > 0) return count;
#endif
  return std::max<int32_t>(1, static_cast<int32_t>(sysconf(_SC_NPROCESSORS_ONLN)));
}

int32_t cgroup_cpus(const char* root) {
  char path[kPathSize], text[4096], mount[kPathSize];
  std::snprintf(path, sizeof(path), "%s/proc/self/cgroup", root);
  read_text(path, text);
  int32_t cpus = 0;
  // Lines are "id:controllers:group"; v2 has id 0 and no controllers.
  for (char* line = text; *line != '\0';) {
    char* end = line + std::strcspn(line, "\n");
    char* next = *end == '\0' ? end : end + 1;
    *end = '\0';
    char* controllers = std::strchr(line, ':');
    char* group = controllers != nullptr ? std::strchr(controllers + 1, ':') : nullptr;
    if (group != nullptr) {
      ++controllers;
      const bool v2 = controllers == group;
      if (v2 || lists(controllers, group, "cpu")) {
        std::snprintf(mount, sizeof(mount), v2 ? "%s/sys/fs/cgroup" : "%s/sys/fs/cgroup/cpu", root);
        cpus = smaller(cpus, hierarchy_cpus(mount, group + 1, v2));
      }
    }
    line = next;
  }
  return cpus;
}

int32_t default_threads() {
  if (const char* wanted = std::getenv("EDGERT_NUM_THREADS");
      wanted != nullptr && *wanted != '\0') {
    const int threads = std::atoi(wanted);
    if (threads > 0) return std::min<int32_t>(threads, kMaxThreads);
    std::fprintf(stderr, "edgert: EDGERT_NUM_THREADS=%s is no number of threads; ignored\n",
                 wanted);
  }
  return std::min(smaller(affinity_cpus(), cgroup_cpus("")), kMaxThreads);
}

}  // namespace edgert

int32_t edgert_default_threads(void) { return edgert::default_threads(); }
