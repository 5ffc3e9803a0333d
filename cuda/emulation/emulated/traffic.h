#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cuda/emulation/target.h"

/// Counts the memory traffic of kernels as a GPU would make it, from the accesses that the race build reports. While a
/// Counting lives, races are not looked for.
///
/// A request is what one warp asks for at one instruction; global memory answers in sectors of 32 bytes, shared memory
/// in wavefronts of at most one word of 4 bytes from each of 32 banks. What the counts cannot say is what a cache
/// holds: the truth lies between `of_blocks` or `sent` (nothing survives in L2) and `compulsory` (everything does).
namespace fno::cu::emulated {

/// Loads or stores of one launch in global memory.
struct Transfers {
  std::int64_t requests = 0;
  double asked = 0;       // bytes that threads name
  double sent = 0;        // bytes of the sectors of all requests
  double of_blocks = 0;   // bytes of different sectors, summed over blocks: `sent` with a perfect L1
  double compulsory = 0;  // bytes of different sectors of the launch: `sent` with a perfect L2 too
  [[nodiscard]] double sectors_per_request() const { return requests > 0 ? sent / 32 / double(requests) : 0; }
};

struct LaunchCounts {
  std::string kernel;
  std::int64_t blocks = 0, threads = 0;  // of the grid, of a block
  Transfers loads, stores;
  std::int64_t shared_requests = 0, wavefronts = 0;
  std::int64_t least_wavefronts = 0;  // that the same words would need without conflicts
  double worst_conflict = 1;          // of any request: its wavefronts over the least
  std::int64_t barriers = 0;          // summed over blocks
  double multiply_adds = 0;
};

/// Counts every launch while it lives. Errors: device, unless the program is of the race build; config, if another
/// lives.
class Counting {
 public:
  Counting();
  ~Counting();
  Counting(const Counting&) = delete;
  Counting& operator=(const Counting&) = delete;
  [[nodiscard]] const std::vector<LaunchCounts>& launches() const;
};

namespace traffic {
/// True while a Counting lives.
extern bool counting;

void begin_launch(const char* kernel, std::int64_t blocks, std::int64_t threads);
void access(const void* address, std::size_t bytes, bool write, const void* code);
void end_block();
void end_launch();
/// Of the running kernel.
void add_multiply_adds(int count);
}  // namespace traffic

}  // namespace fno::cu::emulated
