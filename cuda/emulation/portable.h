#pragma once

/// The one header a kernel file includes. It gives the same names under nvcc and under g++ with FNO_CUDA_EMULATION:
///
/// language     threadIdx blockIdx blockDim gridDim, __syncthreads and kin, __syncwarp, __shfl_*_sync, votes,
///              atomicAdd, __ldg, float2 ... uint4, dim3, the fast math functions. Never __activemask.
/// shared       CU_SHARED(float, tile, [32][33]);      an array in shared memory, aligned to 16 bytes
///              CU_DYN_SHARED(float, buffer);          float* to the launch's dynamic bytes, aligned to 128
/// async copy   cu::cp_async<16>(shared, global);      4, 8 or 16 bytes, aligned to as many
///              cu::cp_async<16>(shared, global, n);   the first n bytes, the rest zero; n = 0 reads nothing
///              cu::cp_async_commit(); cu::cp_async_wait<1>();
/// tensor cores cu::mma_tf32(d, a, b), cu::mma_bf16(d, a, b), cu::to_tf32(x), cu::pack_bf16(low, high)
/// loops        CU_UNROLL for (...), CU_UNROLL_BY(4)   every index of an array in registers must be a constant
/// wide         cu::load(pointer), cu::store(pointer, value): 4, 8 or 16 bytes by one instruction, aligned to as many
/// counts       cu::note_multiply_adds(4);             what an emulator that counts should add; nothing on a device
/// strides      cu::note_stride(again);                tells the emulator whether a grid's loop goes round
/// (detail/each.cuh) launch       cu::launch(kernel, grid, block, dynamic_bytes, stream, arguments...) list
/// CU_KERNEL(kernel); or CU_KERNEL(kernel<Gelu, 4>); under the definition: only such kernels can be launched
///
/// Errors   cu::launch throws Error{device}: a refused configuration, an undeclared kernel and, in emulation, every
///          broken rule, with kernel, block, thread and source line.
/// Rules    no <<<>>>, no bare __shared__, no inline PTX, no cooperative groups in kernel files (lint.cmake checks).
#include "cuda/emulation/kernel_registry.h"
#include "cuda/emulation/runtime.h"
#include "cuda/emulation/target.h"

#ifdef FNO_CUDA_EMULATION
#include "cuda/emulation/emulated/portable_emulated.h"
#else
#include "cuda/emulation/on_device/portable_cuda.h"
#endif

// What marks the functions of framework/kernels/pointwise.h, which a kernel file includes after this.
#define FNO_POINTWISE __device__ __forceinline__
