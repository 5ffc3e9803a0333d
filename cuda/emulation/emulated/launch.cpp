#include "cuda/emulation/emulated/launch.h"

#include <mutex>

#include "cuda/emulation/emulated/block.h"
#include "cuda/emulation/emulated/device_memory.h"
#include "cuda/emulation/emulated/traffic.h"
#include "cuda/emulation/kernel_registry.h"
#include "framework/error.h"

namespace fno::cu::emulated {
namespace {

// CUDA C++ Programming Guide, "Technical Specifications per Compute Capability".
constexpr unsigned kMaxBlockXY = 1024, kMaxBlockZ = 64;
constexpr unsigned kMaxGridX = 0x7fffffff, kMaxGridYZ = 65535;

void check_configuration(const char* name, const KernelCall& call) {
  const language::dim3 &grid = call.grid, &block = call.block;
  const auto refuse_unless = [&](bool ok, const auto&... rule) {
    if (ok) return;
    remember_error({kInvalidConfiguration, "cu::launch", std::string("kernel ") + name + " was refused"});
    fail(ErrorKind::device, "kernel ", name, ": ", rule..., "; grid (", grid.x, ",", grid.y, ",", grid.z, "), block (",
         block.x, ",", block.y, ",", block.z, "), dynamic shared memory ", call.dynamic_bytes);
  };
  refuse_unless(grid.x > 0 && grid.y > 0 && grid.z > 0 && block.x > 0 && block.y > 0 && block.z > 0,
                "an extent of the grid or the block is 0");
  refuse_unless(block.x <= kMaxBlockXY && block.y <= kMaxBlockXY && block.z <= kMaxBlockZ &&
                    std::size_t{block.x} * block.y * block.z <= kMaxThreads,
                "a block has at most ", kMaxThreads, " threads, and at most ", kMaxBlockZ, " along z");
  refuse_unless(grid.x <= kMaxGridX && grid.y <= kMaxGridYZ && grid.z <= kMaxGridYZ, "a grid has at most ", kMaxGridX,
                " blocks along x and ", kMaxGridYZ, " along y and z");
  refuse_unless(std::size_t{grid.x} * grid.y * grid.z <= kMaxGridX, "the emulator runs at most ", kMaxGridX, " blocks");
  refuse_unless(call.dynamic_bytes <= kSharedBytes, "a block has at most ", kSharedBytes, " bytes of shared memory");
}

std::string describe(const Launch& launch) {
  std::string line = launch.failure.text;
  if (launch.failure.code[0] != nullptr) line += "; at " + race::detail::source_line(launch.failure.code[0]);
  if (launch.failure.code[1] != nullptr) line += " and " + race::detail::source_line(launch.failure.code[1]);
  return line + " [order " + launch.options.describe() + "]";
}

}  // namespace

void run_kernel(const KernelCall& call) {
  // The emulator uses one OS thread at a time; what runs in it is thereby reproducible.
  static std::mutex one_at_a_time;
  require<ErrorKind::device>(current_thread == nullptr, "CUDA emulation: a kernel launches a kernel");
  const std::lock_guard lock(one_at_a_time);

  const char* name = kernel_name(call.address);
  require<ErrorKind::device>(name != nullptr, "a kernel is launched without CU_KERNEL under its definition");
  check_configuration(name, call);
  Launch launch{.kernel = name,
                .body = call.body,
                .arguments = call.arguments,
                .argument_bytes = call.argument_bytes,
                .grid = call.grid,
                .block = call.block,
                .dynamic_bytes = call.dynamic_bytes,
                .options = options(),
                .failed = false,
                .failure = {},
                .strides = false,
                .went_round = false};
  race::begin_launch(call.arguments, call.argument_bytes);
  if (traffic::counting)
    traffic::begin_launch(name, std::int64_t{call.grid.x} * call.grid.y * call.grid.z,
                          std::int64_t{call.block.x} * call.block.y * call.block.z);
  Block& block = current_block();
  block.open(launch);
  const std::uint32_t blocks = call.grid.x * call.grid.y * call.grid.z;
  for (const std::uint32_t linear : block_order(launch.options, blocks)) {
    block.run(linear);
    if (traffic::counting) traffic::end_block();
    if (launch.failed) break;
  }
  if (traffic::counting) traffic::end_launch();
  block.close();
  if (!launch.strides || launch.went_round) record_execution(call.address);
  if (launch.failed) {
    const std::string line = describe(launch);
    remember_error({kLaunchFailure, "cu::launch", line});
    fail(ErrorKind::device, line);
  }
}

}  // namespace fno::cu::emulated
