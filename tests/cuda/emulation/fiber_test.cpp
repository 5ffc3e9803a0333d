#include "cuda/emulation/emulated/fiber.h"

#include <gtest/gtest.h>
#include <stdexcept>
#include <vector>

namespace fno::cu::emulated {
namespace {

// Some fibers that take turns adding their number to a list, and use their stack deeply.
struct Ring {
  static constexpr int kFibers = 5, kRounds = 3;
  StackPool stacks;
  Fiber host, fibers[kFibers];
  std::vector<int> visits;
  int running = 0, ended = 0;
};

struct Start {
  Ring* ring;
  int number;
};

double use_stack(int depth, double x) {
  volatile double local[16] = {x};
  return depth == 0 ? local[0] : use_stack(depth - 1, local[0] + 1) + local[1];
}

void run(void* argument) {
  const Start start = *static_cast<Start*>(argument);
  Ring& ring = *start.ring;
  Fiber& self = ring.fibers[start.number];
  fiber_entered(self);
  Fiber& next = start.number + 1 < Ring::kFibers ? ring.fibers[start.number + 1] : ring.host;
  double sum = start.number;
  for (int round = 0; round < Ring::kRounds; ++round) {
    sum += use_stack(100, 0.0);
    ring.visits.push_back(start.number);
    fiber_switch(self, next);
  }
  try {
    throw std::runtime_error("caught on the fiber");
  } catch (const std::runtime_error&) {
    ring.ended += sum == start.number + 100.0 * Ring::kRounds ? 1 : 0;
  }
  fiber_leave(self, next);
}

TEST(Fiber, TakesTurnsAndKeepsItsLocals) {
  Ring ring;
  Start starts[Ring::kFibers];
  for (int again = 0; again < 2; ++again) {  // stacks are used again
    ring.visits.clear();
    ring.ended = 0;
    for (int number = 0; number < Ring::kFibers; ++number) {
      starts[number] = {&ring, number};
      ring.stacks.assign(static_cast<std::size_t>(number), ring.fibers[number]);
      fiber_prepare(ring.fibers[number], &run, &starts[number], static_cast<std::size_t>(number) * 192);
    }
    for (int round = 0; round <= Ring::kRounds; ++round) fiber_switch(ring.host, ring.fibers[0]);
    EXPECT_EQ(ring.visits, (std::vector<int>{0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4}));
    EXPECT_EQ(ring.ended, Ring::kFibers);
  }
}

}  // namespace
}  // namespace fno::cu::emulated
