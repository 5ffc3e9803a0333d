#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <sstream>
#include <string>
#include <vector>

#include "cuda/emulation/emulated/async_copy.h"
#include "cuda/emulation/emulated/fiber.h"
#include "cuda/emulation/emulated/race_detector.h"
#include "cuda/emulation/emulated/schedule.h"
#include "cuda/emulation/emulated/shared_memory.h"
#include "cuda/emulation/emulated/vector_types.h"
#include "cuda/emulation/emulated/warp.h"
#include "cuda/emulation/target.h"

/// Runs the threads of one block as fibers, one after another on this OS thread, until all have ended.
namespace fno::cu::emulated {

/// Where in the kernel's source something was called: file, line and column.
using Site = std::source_location;
[[nodiscard]] bool same_place(const Site& a, const Site& b);

/// What a kernel sees as threadIdx, blockIdx, blockDim and gridDim; set at each switch.
struct Position {
  language::uint3 thread{}, block{};
  language::dim3 block_size, grid_size;
};
extern Position position;

std::ostream& operator<<(std::ostream& out, const Site& site);  // file:line:column

struct Thread {
  Fiber fiber;
  language::uint3 index{};
  unsigned number = 0, lane = 0;
  Warp* warp = nullptr;
  Site waits_at{};  // meaningful while it waits in a barrier
  AsyncCopies copies;
  race::WarpClock clock;
};

/// The first broken rule of a launch.
struct Failure {
  std::string text;
  const void* code[2] = {nullptr, nullptr};  // addresses to turn into source lines, from the race detector
};

/// One kernel launch: what its blocks share.
struct Launch {
  const char* kernel = "";
  void (*body)(const void* arguments) = nullptr;
  const void* arguments = nullptr;
  std::size_t argument_bytes = 0;
  language::dim3 grid, block;
  std::size_t dynamic_bytes = 0;
  Options options;
  bool failed = false;
  Failure failure;
  bool strides = false,
       went_round = false;  // a loop over what the grid does not cover at once, and whether it was needed
};

class Block {
 public:
  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  /// Prepares threads, warps and shared memory for a launch.
  void open(Launch& launch);
  /// Runs the block with this linear number. After a broken rule launch().failed is set and all fibers are abandoned.
  void run(std::uint32_t linear);
  /// Releases the shared memory.
  void close();

  /// __syncthreads and kin: waits for all threads and returns how many passed a true predicate.
  unsigned barrier(const char* name, bool predicate, const Site& site);

  /// Lets other threads run until someone wakes the current one.
  void wait();

  /// Reports a broken rule and ends the launch: names kernel, block, thread and place, then the streamed parts. Every
  /// fiber is left where it stands, so the parts must own nothing.
  template <class... Parts>
  [[noreturn]] void fail(const Thread& who, const Site& site, const Parts&... parts) {
    describe(who, site, parts...);
    abandon();
  }
  /// The same for places known by code address only; the launch turns them into lines.
  template <class... Parts>
  [[noreturn]] void fail_at_code(const Thread& who, const void* here, const void* there, const Parts&... parts) {
    launch_->failure.code[0] = here;
    launch_->failure.code[1] = there;
    fail(who, Site{}, parts...);
  }

  [[nodiscard]] Thread& thread(unsigned number) { return threads_[number]; }
  [[nodiscard]] Launch& launch() { return *launch_; }
  [[nodiscard]] Schedule& schedule() { return schedule_; }
  [[nodiscard]] SharedMemory& shared() { return shared_; }
  [[nodiscard]] std::uint32_t linear() const { return linear_; }
  [[nodiscard]] std::uint32_t barriers_passed() const { return barriers_passed_; }

 private:
  static void thread_main(void* self);
  void go_on_in(unsigned number);
  void finish_thread(Thread& self);
  template <class... Parts>
  void describe(const Thread& who, const Site& site, const Parts&... parts) {
    std::ostringstream text;
    begin_description(text, who, site);
    ((text << parts), ...);
    launch_->failure.text = text.str();
  }
  void begin_description(std::ostream& text, const Thread& who, const Site& site) const;
  [[noreturn]] void abandon();
  [[noreturn]] void fail_deadlock();

  Launch* launch_ = nullptr;
  Fiber host_;
  StackPool stacks_;
  std::unique_ptr<Thread[]> threads_ = std::make_unique<Thread[]>(kMaxThreads);
  Warp warps_[kMaxThreads / kWarp];
  Schedule schedule_;
  SharedMemory shared_;
  unsigned size_ = 0;
  std::uint32_t linear_ = 0;
  bool abandoned_ = false;  // the last launch left frames on the stacks

  unsigned exited_ = 0;
  language::uint3 exited_thread_{};  // one of them, for messages
  unsigned arrived_ = 0, true_arrivals_ = 0, result_ = 0;
  const Thread* first_arrival_ = nullptr;
  std::uint32_t barriers_passed_ = 0;
};

/// The block and the thread that run now; current_thread is null on OS threads that run no kernel.
[[nodiscard]] Block& current_block();
extern constinit thread_local Thread* current_thread;

/// Marks emulator code called from a kernel: the race detector does not watch the emulator's own accesses. Reports a
/// device-only function that is called from host code.
class EmulatorScope {
 public:
  explicit EmulatorScope(const char* function);
  ~EmulatorScope() { race::watching = true; }
  EmulatorScope(const EmulatorScope&) = delete;
  EmulatorScope& operator=(const EmulatorScope&) = delete;
};

}  // namespace fno::cu::emulated
