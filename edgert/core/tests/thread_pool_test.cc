// The thread pool: every chunk exactly once, also when calls are tiny and many.
#include "runtime/thread_pool.h"

#include <doctest/doctest.h>

#include <memory>
#include <thread>
#include <vector>

namespace edgert {
namespace {

// Calls with their numbers of chunks; counts how often each chunk runs.
struct Counting {
  std::vector<std::vector<std::atomic<int>>> runs;
  std::atomic<bool> wrong_thread{false};
  int32_t threads = 1;
  int failing_call = -1;

  explicit Counting(const std::vector<size_t>& chunks) {
    for (size_t count : chunks) runs.emplace_back(count);
  }

  Work work() const {
    return {this,
            [](const void* self, uint32_t call) {
              return static_cast<uint32_t>(static_cast<const Counting*>(self)->runs[call].size());
            },
            [](const void* self, uint32_t call, uint32_t chunk, int32_t thread) {
              auto* counting = const_cast<Counting*>(static_cast<const Counting*>(self));
              ++counting->runs[call][chunk];
              if (thread < 0 || thread >= counting->threads) counting->wrong_thread = true;
              return static_cast<int>(call) == counting->failing_call ? Status::kRuntime
                                                                      : Status::kOk;
            }};
  }
};

struct Pool {
  std::vector<ThreadPool::Worker> workers;
  ThreadPool pool;

  Pool(Counting& counting, int32_t threads) : workers(static_cast<size_t>(threads)) {
    counting.threads = threads;
    edgert_error error;
    REQUIRE(pool.start(counting.work(), workers.data(), threads, &error) == Status::kOk);
  }
  ~Pool() { pool.stop(); }
};

TEST_CASE("every chunk of every call runs once in each run") {
  for (int32_t threads = 1; threads <= 4; ++threads) {
    CAPTURE(threads);
    Counting counting({1, 7, 0, 64, 2, 3, 1, 1000, 5});
    Pool pool(counting, threads);
    constexpr int kRuns = 500;
    for (int run = 0; run < kRuns; ++run) {
      pool.pool.begin_run();
      for (uint32_t call = 0; call < counting.runs.size(); ++call) {
        REQUIRE(pool.pool.run(call) == Status::kOk);
        for (const auto& count : counting.runs[call]) REQUIRE(count == run + 1);
      }
      pool.pool.end_run();
    }
    CHECK(!counting.wrong_thread);
  }
}

TEST_CASE("workers that went to sleep wake up again") {
  Counting counting({16});
  Pool pool(counting, 3);
  for (int run = 1; run <= 5; ++run) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    pool.pool.begin_run();
    REQUIRE(pool.pool.run(0) == Status::kOk);
    pool.pool.end_run();
    for (const auto& count : counting.runs[0]) CHECK(count == run);
  }
}

TEST_CASE("idle workers use no CPU time") {
  Counting counting({16});
  Pool pool(counting, 4);
  pool.pool.begin_run();
  REQUIRE(pool.pool.run(0) == Status::kOk);
  pool.pool.end_run();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const auto cpu_seconds = [] {
    timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  };
  const double before = cpu_seconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  CHECK(cpu_seconds() - before < 0.02);
}

TEST_CASE("a failing chunk fails its call, and the pool goes on") {
  Counting counting({32, 32});
  counting.failing_call = 0;
  Pool pool(counting, 3);
  pool.pool.begin_run();
  CHECK(pool.pool.run(0) == Status::kRuntime);
  CHECK(pool.pool.run(1) == Status::kOk);
  pool.pool.end_run();
  for (const auto& count : counting.runs[1]) CHECK(count == 1);
}

TEST_CASE("pools come and go") {
  for (int i = 0; i < 50; ++i) {
    Counting counting({8, 8});
    Pool pool(counting, 1 + i % 4);
    if (i % 3 == 0) continue;
    pool.pool.begin_run();
    CHECK(pool.pool.run(1) == Status::kOk);
    pool.pool.end_run();
  }
}

}  // namespace
}  // namespace edgert
