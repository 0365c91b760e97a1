// How many threads this process should use.
#ifndef EDGERT_RUNTIME_CPUS_H_
#define EDGERT_RUNTIME_CPUS_H_

#include <cstdint>

namespace edgert {

constexpr int32_t kMaxThreads = 256;

// CPUs that the scheduler may put this thread on.
int32_t affinity_cpus();

// CPUs that the control group's quota amounts to, rounded up; 0 where there is no quota. Reads
// cgroup v2 (cpu.max) and v1 (cpu.cfs_quota_us) of this process's group and all groups above it.
// `root` is put in front of /proc and /sys; tests point it elsewhere.
int32_t cgroup_cpus(const char* root);

// The default of sessions: EDGERT_NUM_THREADS, or else the smaller of the two. At least 1.
int32_t default_threads();

}  // namespace edgert

#endif  // EDGERT_RUNTIME_CPUS_H_
