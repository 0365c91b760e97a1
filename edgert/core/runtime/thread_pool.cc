#include "runtime/thread_pool.h"

#include <unistd.h>

#include <csignal>
#include <cstring>

namespace edgert {
namespace {

// Tens of microseconds: longer than the single-threaded calls between two shared ones take.
constexpr int kSpins = 2000;
constexpr size_t kStackSize = size_t{1} << 20;
constexpr uint64_t kNothing = uint64_t{ThreadPool::kMaxCalls} << 32;

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ volatile("isb");
#endif
}

class Lock {
 public:
  explicit Lock(pthread_mutex_t* mutex) : mutex_(mutex) { pthread_mutex_lock(mutex_); }
  ~Lock() { pthread_mutex_unlock(mutex_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  pthread_mutex_t* mutex_;
};

}  // namespace

Status ThreadPool::start(const Work& work, Worker* workers, int32_t threads, edgert_error* error) {
  work_ = work;
  workers_ = workers;
  threads_ = threads;
  owner_ = getpid();
  word_.store(kNothing);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackSize);
  // Signals are the application's: its threads get them.
  sigset_t all, previous;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &previous);
  int failed = 0;
  for (started_ = 0; started_ < threads - 1; ++started_) {
    Worker& worker = workers[started_];
    worker.pool = this;
    worker.thread = started_ + 1;
    failed = pthread_create(&worker.handle, &attributes, worker_main, &worker);
    if (failed != 0) break;
  }
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  pthread_attr_destroy(&attributes);
  if (failed == 0) return Status::kOk;
  const int created = started_;
  stop();
  return fail(error, Status::kSystem, "cannot start thread %d of %d: %s", created + 1, threads,
              std::strerror(failed));
}

void ThreadPool::stop() {
  // In a forked child the workers do not exist.
  if (started_ == 0 || owner_ != getpid()) return;
  stopping_.store(true);
  wake_workers();
  for (int32_t i = 0; i < started_; ++i) pthread_join(workers_[i].handle, nullptr);
  started_ = 0;
}

Status ThreadPool::run(uint32_t call) {
  const uint32_t chunk_count = chunks(call);
  if (chunk_count <= 1 || started_ == 0) {
    for (uint32_t chunk = 0; chunk < chunk_count; ++chunk) {
      EDGERT_RETURN_IF_ERROR(work_.run_chunk(work_.context, call, chunk, 0));
    }
    return Status::kOk;
  }
  finished_.store(0, std::memory_order_relaxed);
  failure_.store(0, std::memory_order_relaxed);
  word_.store(uint64_t{call} << 32, std::memory_order_seq_cst);
  if (sleepers_.load(std::memory_order_seq_cst) > 0) wake_workers();
  while (take_chunk(0)) {
  }
  wait_until_finished(chunk_count);
  return static_cast<Status>(failure_.load(std::memory_order_relaxed));
}

// Takes a chunk of the published call and runs it; false where none is left.
bool ThreadPool::take_chunk(int32_t thread) {
  // Looking first bounds how far the chunk number runs past its end: by one for each thread.
  if (!work_left(word_.load(std::memory_order_acquire))) return false;
  const uint64_t taken = word_.fetch_add(1, std::memory_order_acquire);
  if (!work_left(taken)) return false;
  // From here to the addition to finished_ the caller cannot leave this call.
  const uint32_t call = static_cast<uint32_t>(taken >> 32);
  const uint32_t chunk_count = chunks(call);
  if (failure_.load(std::memory_order_relaxed) == 0) {
    const uint32_t chunk = static_cast<uint32_t>(taken);
    const Status status = work_.run_chunk(work_.context, call, chunk, thread);
    if (status != Status::kOk) {
      failure_.store(static_cast<int>(status), std::memory_order_relaxed);
    }
  }
  if (finished_.fetch_add(1, std::memory_order_seq_cst) + 1 == chunk_count && thread != 0 &&
      caller_waits_.load(std::memory_order_seq_cst)) {
    Lock lock(&mutex_);
    pthread_cond_signal(&all_finished_);
  }
  return true;
}

bool ThreadPool::work_left(uint64_t word) const {
  const uint32_t call = static_cast<uint32_t>(word >> 32);
  return call != kMaxCalls && static_cast<uint32_t>(word) < chunks(call);
}

void ThreadPool::wait_until_finished(uint32_t chunk_count) {
  const auto finished = [&] { return finished_.load(std::memory_order_seq_cst) == chunk_count; };
  for (int i = 0; i < kSpins; ++i) {
    if (finished()) return;
    pause();
  }
  caller_waits_.store(true, std::memory_order_seq_cst);
  {
    Lock lock(&mutex_);
    while (!finished()) pthread_cond_wait(&all_finished_, &mutex_);
  }
  caller_waits_.store(false, std::memory_order_relaxed);
}

void* ThreadPool::worker_main(void* argument) {
  Worker* worker = static_cast<Worker*>(argument);
#if defined(__linux__)
  pthread_setname_np(pthread_self(), "edgert");
#endif
  worker->pool->work_until_stopped(worker->thread);
  return nullptr;
}

void ThreadPool::work_until_stopped(int32_t thread) {
  while (!stopping_.load(std::memory_order_relaxed)) {
    while (take_chunk(thread)) {
    }
    if (!spin_for_work()) sleep_until_published();
  }
}

bool ThreadPool::spin_for_work() const {
  for (int i = 0; i < kSpins && running_.load(std::memory_order_relaxed); ++i) {
    if (work_left(word_.load(std::memory_order_relaxed))) return true;
    pause();
  }
  return false;
}

void ThreadPool::sleep_until_published() {
  // Either the caller sees this sleeper after publishing, or this sees what was published.
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  {
    Lock lock(&mutex_);
    while (!stopping_.load(std::memory_order_relaxed) &&
           !work_left(word_.load(std::memory_order_seq_cst))) {
      pthread_cond_wait(&published_, &mutex_);
    }
  }
  sleepers_.fetch_sub(1, std::memory_order_relaxed);
}

void ThreadPool::wake_workers() {
  Lock lock(&mutex_);
  pthread_cond_broadcast(&published_);
}

}  // namespace edgert
