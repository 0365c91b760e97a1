// Threads that share the tiles of one call after the other.
//
// The caller publishes a call as one 64-bit word: index of the call, next chunk to take. Taking a
// chunk is one atomic addition, and whatever it returns names its call, so that a late worker can
// never run a stale one. The caller works too and waits for chunks to be finished, never for a
// worker to show up. Workers spin briefly between the calls of a run and sleep otherwise.
#ifndef EDGERT_RUNTIME_THREAD_POOL_H_
#define EDGERT_RUNTIME_THREAD_POOL_H_

#include <pthread.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "runtime/status.h"

namespace edgert {

// Calls that can be done in chunks, in any order, by any thread. The functions get `context`.
struct Work {
  const void* context;
  uint32_t (*chunks)(const void* context, uint32_t call);  // less than 2^31
  Status (*run_chunk)(const void* context, uint32_t call, uint32_t chunk, int32_t thread);
};

class ThreadPool {
 public:
  static constexpr uint32_t kMaxCalls = 0x7FFFFFFF;

  struct Worker {
    ThreadPool* pool;
    int32_t thread;
    pthread_t handle;
  };

  // The caller is thread 0, workers are 1 ... threads - 1. `workers` has room for threads - 1
  // entries and lives as long as the pool.
  Status start(const Work& work, Worker* workers, int32_t threads, edgert_error* error);
  void stop();

  int32_t threads() const { return threads_; }

  // A run: begin, then any number of calls, then end. Workers sleep outside of it.
  void begin_run() { running_.store(true, std::memory_order_relaxed); }
  void end_run() { running_.store(false, std::memory_order_relaxed); }
  // Runs all chunks of `call`; gives the status of one that failed, if any did.
  Status run(uint32_t call);

 private:
  static void* worker_main(void* worker);
  void work_until_stopped(int32_t thread);
  bool take_chunk(int32_t thread);
  uint32_t chunks(uint32_t call) const { return work_.chunks(work_.context, call); }
  bool work_left(uint64_t word) const;
  bool spin_for_work() const;
  void sleep_until_published();
  void wake_workers();
  void wait_until_finished(uint32_t chunk_count);

  Work work_ = {};
  Worker* workers_ = nullptr;
  int32_t threads_ = 1;
  int32_t started_ = 0;
  pid_t owner_ = 0;

  alignas(64) std::atomic<uint64_t> word_{};  // call << 32 | next chunk
  std::atomic<bool> running_{false};
  alignas(64) std::atomic<uint32_t> finished_{0};  // chunks of the current call
  std::atomic<int> failure_{0};                    // a Status
  alignas(64) std::atomic<int32_t> sleepers_{0};
  std::atomic<bool> caller_waits_{false};
  std::atomic<bool> stopping_{false};
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t published_ = PTHREAD_COND_INITIALIZER;
  pthread_cond_t all_finished_ = PTHREAD_COND_INITIALIZER;
};

}  // namespace edgert

#endif  // EDGERT_RUNTIME_THREAD_POOL_H_
