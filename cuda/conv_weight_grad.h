#pragma once

#include "cuda/context.h"
#include "framework/kernels/conv.h"

namespace fno::cuda::CU_TARGET {

/// Gradients of a convolution's weights, and of its bias (Co) unless dbias is null, in one pass over x and dy.
template <class T>
void weight_and_bias_grad(Context& context, const ConvWeightGrad<T>& j, T* dbias);

}  // namespace fno::cuda::CU_TARGET
