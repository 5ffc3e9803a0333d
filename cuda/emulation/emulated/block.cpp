#include "cuda/emulation/emulated/block.h"

#include <bit>
#include <cstring>
#include <exception>

#include "cuda/emulation/emulated/portable_emulated.h"
#include "framework/error.h"

namespace fno::cu::emulated {

Position position;
constinit thread_local Thread* current_thread = nullptr;

namespace {

// 192 bytes apart, within a page: neighbours' hot stack lines then fall into different cache sets.
constexpr std::size_t stagger_of(unsigned number) { return number * 192 % 4096; }

}  // namespace

bool same_place(const Site& a, const Site& b) {
  return a.line() == b.line() && a.column() == b.column() &&
         (a.file_name() == b.file_name() || std::strcmp(a.file_name(), b.file_name()) == 0);
}

std::ostream& operator<<(std::ostream& out, const Site& site) {
  return out << site.file_name() << ':' << site.line() << ':' << site.column();
}

std::ostream& language::operator<<(std::ostream& out, const uint3& index) {
  return out << '(' << index.x << ',' << index.y << ',' << index.z << ')';
}

Block& current_block() {
  static Block block;
  return block;
}

void note_stride(bool goes_round) {
  const EmulatorScope scope("note_stride");
  Launch& launch = current_block().launch();
  launch.strides = true;
  launch.went_round = launch.went_round || goes_round;
}

EmulatorScope::EmulatorScope(const char* function) {
  require<ErrorKind::device>(current_thread != nullptr, "CUDA emulation: ", function, " is called outside a kernel");
  race::watching = false;
}

void Block::open(Launch& launch) {
  launch_ = &launch;
  size_ = launch.block.x * launch.block.y * launch.block.z;
  position.block_size = launch.block;
  position.grid_size = launch.grid;
  shared_.open(launch.dynamic_bytes, asks_for_shared(launch.dynamic_bytes));
  host_ = Fiber{};
  for (unsigned number = 0; number < size_; ++number) {
    Thread& thread = threads_[number];
    stacks_.assign(number, thread.fiber);
    if (abandoned_) fiber_forget_frames(thread.fiber);
    thread.number = number;
    thread.lane = number % kWarp;
    thread.warp = &warps_[number / kWarp];
    thread.index = {number % launch.block.x, number / launch.block.x % launch.block.y,
                    number / (launch.block.x * launch.block.y)};
  }
}

void Block::run(std::uint32_t linear) {
  linear_ = linear;
  const language::dim3& grid = launch_->grid;
  position.block = {linear % grid.x, linear / grid.x % grid.y, linear / (grid.x * grid.y)};
  exited_ = arrived_ = true_arrivals_ = 0;
  barriers_passed_ = 0;
  for (unsigned first = 0; first < size_; first += kWarp) {
    Warp& warp = warps_[first / kWarp];
    const unsigned lanes = size_ - first;
    warp.first = first;
    warp.existing = lanes >= kWarp ? 0xffffffffu : (1u << lanes) - 1;
    warp.exited = warp.in_barrier = 0;
    warp.pending.clear();
  }
  shared_.poison();
  for (unsigned number = 0; number < size_; ++number) {
    Thread& thread = threads_[number];
    thread.copies.clear();
    thread.clock.reset();
    fiber_prepare(thread.fiber, &Block::thread_main, &thread, stagger_of(number));
  }
  schedule_.reset(launch_->options, size_, Dice(launch_->options.seed * 0x100000001b3u + linear));
  schedule_.wake_all();

  current_thread = &threads_[schedule_.take()];
  position.thread = current_thread->index;
  fiber_switch(host_, current_thread->fiber);
  race::watching = false;
  current_thread = nullptr;
}

void Block::close() {
  shared_.close();
  abandoned_ = launch_->failed;
  launch_ = nullptr;
}

void Block::thread_main(void* self) {
  Thread& thread = *static_cast<Thread*>(self);
  fiber_entered(thread.fiber);
  Block& block = current_block();
  bool returned = false;
  try {
    race::watching = true;
    block.launch_->body(block.launch_->arguments);
    returned = true;
  } catch (const std::exception& error) {
    block.describe(thread, Site{}, "an exception leaves the kernel: ", error.what());
  }
  race::watching = false;
  if (!returned) block.abandon();
  block.finish_thread(thread);
}

void Block::finish_thread(Thread& self) {
  refuse_to_leave(*this, self, "exits");
  if (arrived_ > 0)
    fail(self, first_arrival_->waits_at, "exits while thread ", first_arrival_->index, " waits in a block barrier");
  self.warp->exited |= 1u << self.lane;
  exited_thread_ = self.index;
  if (++exited_ == size_) fiber_leave(self.fiber, host_);
  const int next = schedule_.take();
  if (next < 0) fail_deadlock();
  current_thread = &threads_[next];
  position.thread = current_thread->index;
  fiber_leave(self.fiber, current_thread->fiber);
}

void Block::wait() {
  Thread& self = *current_thread;
  const int next = schedule_.take();
  if (next < 0) fail_deadlock();
  if (static_cast<unsigned>(next) == self.number) return;
  current_thread = &threads_[next];
  position.thread = current_thread->index;
  fiber_switch(self.fiber, current_thread->fiber);
}

unsigned Block::barrier(const char* name, bool predicate, const Site& site) {
  Thread& self = *current_thread;
  if (exited_ > 0) fail(self, site, name, " is reached after thread ", exited_thread_, " has exited");
  refuse_to_leave(*this, self, "waits in a block barrier");
  if (arrived_ == 0)
    first_arrival_ = &self;
  else if (!same_place(site, first_arrival_->waits_at))
    fail(self, site, name, " is reached while thread ", first_arrival_->index, " waits in the block barrier at ",
         first_arrival_->waits_at);
  self.waits_at = site;
  self.warp->in_barrier |= 1u << self.lane;
  true_arrivals_ += predicate ? 1 : 0;
  if (++arrived_ == size_) {
    // No thread can arrive a second time before all have read the result: the next release needs all of them.
    result_ = true_arrivals_;
    arrived_ = true_arrivals_ = 0;
    ++barriers_passed_;
    for (unsigned first = 0; first < size_; first += kWarp) warps_[first / kWarp].in_barrier = 0;
    schedule_.wake_all();
  }
  wait();
  return result_;
}

void Block::begin_description(std::ostream& text, const Thread& who, const Site& site) const {
  text << "kernel " << launch_->kernel << ", block " << position.block << ", thread " << who.index;
  if (site.line() != 0) text << ", " << site;
  text << ": ";
}

// Nothing on this fiber's stack is destroyed, nor on any other's: no frame of the emulator owns memory while it waits
// or fails, and neither does a kernel's.
void Block::abandon() {
  launch_->failed = true;
  fiber_leave(current_thread->fiber, host_);
}

void Block::fail_deadlock() {
  {
    const Thread* first = nullptr;
    Site site{};
    std::ostringstream waits;
    for (unsigned number = 0; number < size_; number += kWarp)
      for (const Gathering& gathering : warps_[number / kWarp].pending) {
        const Thread& lane = threads_[number + static_cast<unsigned>(std::countr_zero(gathering.arrived))];
        if (first == nullptr) first = &lane, site = gathering.site;
        waits << "; thread " << lane.index << " waits in " << gathering.name << " at " << gathering.site;
      }
    if (arrived_ > 0) {
      if (first == nullptr) first = first_arrival_, site = first_arrival_->waits_at;
      waits << "; " << arrived_ << " threads wait in the block barrier at " << first_arrival_->waits_at;
    }
    describe(*first, site, "deadlock: no thread can go on", waits.str());
  }
  abandon();
}

}  // namespace fno::cu::emulated
