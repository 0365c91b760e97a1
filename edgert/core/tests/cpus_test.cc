// CPU limits, from control group files laid out as on real systems.
#include "runtime/cpus.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace edgert {
namespace {

// A folder that stands for /.
class FakeRoot {
 public:
  FakeRoot() {
    char path[] = "/tmp/edgert-cpus-XXXXXX";
    REQUIRE(mkdtemp(path) != nullptr);
    path_ = path;
  }
  ~FakeRoot() { std::filesystem::remove_all(path_); }

  FakeRoot& file(const std::string& name, const std::string& content) {
    const std::filesystem::path path = path_ + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << content;
    return *this;
  }
  int32_t cpus() const { return cgroup_cpus(path_.c_str()); }

 private:
  std::string path_;
};

TEST_CASE("cgroup v2: quota of the own group, rounded up") {
  FakeRoot root;
  root.file("/proc/self/cgroup", "0::/app\n");
  CHECK(root.cpus() == 0);
  root.file("/sys/fs/cgroup/app/cpu.max", "max 100000\n");
  CHECK(root.cpus() == 0);
  root.file("/sys/fs/cgroup/app/cpu.max", "150000 100000\n");
  CHECK(root.cpus() == 2);
  root.file("/sys/fs/cgroup/app/cpu.max", "100000 100000\n");
  CHECK(root.cpus() == 1);
  root.file("/sys/fs/cgroup/app/cpu.max", "1000 100000\n");
  CHECK(root.cpus() == 1);
}

TEST_CASE("cgroup v2: groups above count too") {
  FakeRoot root;
  root.file("/proc/self/cgroup", "0::/slice/app\n");
  root.file("/sys/fs/cgroup/slice/app/cpu.max", "800000 100000\n");
  root.file("/sys/fs/cgroup/slice/cpu.max", "300000 100000\n");
  CHECK(root.cpus() == 3);
}

TEST_CASE("cgroup v2: in a container the limit is at the mount point") {
  FakeRoot root;
  root.file("/proc/self/cgroup", "0::/\n").file("/sys/fs/cgroup/cpu.max", "200000 100000\n");
  CHECK(root.cpus() == 2);
}

TEST_CASE("cgroup v1: the cpu controller among others") {
  FakeRoot root;
  root.file("/proc/self/cgroup", "5:cpuset:/docker/x\n4:cpu,cpuacct:/docker/x\n");
  root.file("/sys/fs/cgroup/cpu/docker/x/cpu.cfs_quota_us", "-1\n");
  root.file("/sys/fs/cgroup/cpu/docker/x/cpu.cfs_period_us", "100000\n");
  CHECK(root.cpus() == 0);
  root.file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "250000\n");
  root.file("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  CHECK(root.cpus() == 3);
}

TEST_CASE("unreadable or odd files are no limit") {
  FakeRoot root;
  CHECK(root.cpus() == 0);
  root.file("/proc/self/cgroup", "nonsense\n::\n0::" + std::string(3000, 'x') + "\n");
  CHECK(root.cpus() == 0);
}

TEST_CASE("EDGERT_NUM_THREADS decides") {
  setenv("EDGERT_NUM_THREADS", "3", 1);
  CHECK(default_threads() == 3);
  setenv("EDGERT_NUM_THREADS", "1000000", 1);
  CHECK(default_threads() == kMaxThreads);
  unsetenv("EDGERT_NUM_THREADS");
  CHECK(default_threads() >= 1);
  CHECK(default_threads() <= affinity_cpus());
}

}  // namespace
}  // namespace edgert
