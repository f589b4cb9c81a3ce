package main

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type nodeService struct {
	csi.UnimplementedNodeServer
	pool pool
	name string
}

func (n *nodeService) NodeGetInfo(context.Context, *csi.NodeGetInfoRequest) (*csi.NodeGetInfoResponse, error) {
	return &csi.NodeGetInfoResponse{NodeId: n.name}, nil
}

func (n *nodeService) NodeGetCapabilities(context.Context, *csi.NodeGetCapabilitiesRequest) (*csi.NodeGetCapabilitiesResponse, error) {
	response := new(csi.NodeGetCapabilitiesResponse)
	for _, capability := range []csi.NodeServiceCapability_RPC_Type{
		csi.NodeServiceCapability_RPC_STAGE_UNSTAGE_VOLUME,
		csi.NodeServiceCapability_RPC_GET_VOLUME_STATS,
		csi.NodeServiceCapability_RPC_SINGLE_NODE_MULTI_WRITER,
	} {
		response.Capabilities = append(response.Capabilities, &csi.NodeServiceCapability{
			Type: &csi.NodeServiceCapability_Rpc{Rpc: &csi.NodeServiceCapability_RPC{Type: capability}},
		})
	}
	return response, nil
}

// NodeStageVolume mounts the volume in the pool's own directory rather than at the staging path: there the controller finds it
// to freeze it for a snapshot.
func (n *nodeService) NodeStageVolume(_ context.Context, r *csi.NodeStageVolumeRequest) (*csi.NodeStageVolumeResponse, error) {
	if r.GetVolumeId() == "" || r.GetStagingTargetPath() == "" || r.GetVolumeCapability() == nil {
		return nil, status.Error(codes.InvalidArgument, "no volume id, staging path or capability")
	}
	if reason := unsupported([]*csi.VolumeCapability{r.GetVolumeCapability()}); reason != "" {
		return nil, status.Error(codes.InvalidArgument, reason)
	}
	if err := n.mustExist(r.GetVolumeId()); err != nil {
		return nil, err
	}
	if n.pool.isMounted(r.GetVolumeId()) {
		return &csi.NodeStageVolumeResponse{}, nil
	}
	mount := n.pool.mountOf(r.GetVolumeId())
	if err := os.MkdirAll(mount, 0o750); err != nil {
		return nil, err
	}
	flags := r.GetVolumeCapability().GetMount().GetMountFlags()
	options := strings.Join(append([]string{"loop"}, flags...), ",")
	if err := run("mount", "-t", "ext4", "-o", options, n.pool.image(volumes, r.GetVolumeId()), mount); err != nil {
		return nil, err
	}
	if slices.Contains(flags, "ro") {
		return &csi.NodeStageVolumeResponse{}, nil
	}
	device, err := deviceAt(mount)
	if err != nil {
		return nil, err
	}
	// A volume restored into a larger one grows here; for all others this does nothing.
	return &csi.NodeStageVolumeResponse{}, run("resize2fs", device)
}

func (n *nodeService) NodeUnstageVolume(_ context.Context, r *csi.NodeUnstageVolumeRequest) (*csi.NodeUnstageVolumeResponse, error) {
	if r.GetVolumeId() == "" || r.GetStagingTargetPath() == "" {
		return nil, status.Error(codes.InvalidArgument, "no volume id or staging path")
	}
	if r.GetVolumeId() == filepath.Base(r.GetVolumeId()) && n.pool.isMounted(r.GetVolumeId()) {
		if err := run("umount", n.pool.mountOf(r.GetVolumeId())); err != nil {
			return nil, err
		}
		if err := os.Remove(n.pool.mountOf(r.GetVolumeId())); err != nil {
			return nil, err
		}
	}
	return &csi.NodeUnstageVolumeResponse{}, nil
}

func (n *nodeService) NodePublishVolume(_ context.Context, r *csi.NodePublishVolumeRequest) (*csi.NodePublishVolumeResponse, error) {
	target := r.GetTargetPath()
	if r.GetVolumeId() == "" || target == "" || r.GetVolumeCapability() == nil {
		return nil, status.Error(codes.InvalidArgument, "no volume id, target path or capability")
	}
	volume, err := n.existing(r.GetVolumeId())
	if err != nil {
		return nil, err
	}
	if !n.pool.isMounted(r.GetVolumeId()) {
		return nil, status.Error(codes.FailedPrecondition, "the volume is not staged")
	}
	if already, err := deviceAt(target); err != nil || already != "" {
		return &csi.NodePublishVolumeResponse{}, err
	}
	mount := n.pool.mountOf(r.GetVolumeId())
	published, err := mountsLike(mount)
	if err != nil {
		return nil, err
	}
	alone := r.GetVolumeCapability().GetAccessMode().GetMode() == csi.VolumeCapability_AccessMode_SINGLE_NODE_SINGLE_WRITER
	for _, point := range published {
		if alone && point != mount {
			return nil, status.Errorf(codes.FailedPrecondition, "the volume has its single writer at %s", point)
		}
	}
	if err := os.MkdirAll(target, 0o750); err != nil {
		return nil, err
	}
	if volume.Faults.Fuse {
		return &csi.NodePublishVolumeResponse{}, run("bindfs", mount, target)
	}
	if err := run("mount", "--bind", mount, target); err != nil {
		return nil, err
	}
	if r.GetReadonly() {
		return &csi.NodePublishVolumeResponse{}, run("mount", "-o", "remount,bind,ro", target)
	}
	return &csi.NodePublishVolumeResponse{}, nil
}

func (n *nodeService) NodeUnpublishVolume(_ context.Context, r *csi.NodeUnpublishVolumeRequest) (*csi.NodeUnpublishVolumeResponse, error) {
	if r.GetVolumeId() == "" || r.GetTargetPath() == "" {
		return nil, status.Error(codes.InvalidArgument, "no volume id or target path")
	}
	device, err := deviceAt(r.GetTargetPath())
	if err != nil {
		return nil, err
	}
	if device != "" {
		if err := run("umount", r.GetTargetPath()); err != nil {
			return nil, err
		}
	}
	if err := os.Remove(r.GetTargetPath()); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	return &csi.NodeUnpublishVolumeResponse{}, nil
}

func (n *nodeService) NodeGetVolumeStats(_ context.Context, r *csi.NodeGetVolumeStatsRequest) (*csi.NodeGetVolumeStatsResponse, error) {
	if r.GetVolumeId() == "" || r.GetVolumePath() == "" {
		return nil, status.Error(codes.InvalidArgument, "no volume id or path")
	}
	if err := n.mustExist(r.GetVolumeId()); err != nil {
		return nil, err
	}
	var s unix.Statfs_t
	if err := unix.Statfs(r.GetVolumePath(), &s); err != nil {
		return nil, status.Error(codes.NotFound, err.Error())
	}
	return &csi.NodeGetVolumeStatsResponse{Usage: []*csi.VolumeUsage{
		{
			Unit: csi.VolumeUsage_BYTES, Total: int64(s.Blocks) * s.Bsize, Available: int64(s.Bavail) * s.Bsize,
			Used: int64(s.Blocks-s.Bfree) * s.Bsize,
		},
		{Unit: csi.VolumeUsage_INODES, Total: int64(s.Files), Available: int64(s.Ffree), Used: int64(s.Files - s.Ffree)},
	}}, nil
}

func (n *nodeService) mustExist(id string) error {
	_, err := n.existing(id)
	return err
}

func (n *nodeService) existing(id string) (*meta, error) {
	m, err := n.pool.find(volumes, id)
	if err == nil && m == nil {
		err = status.Error(codes.NotFound, "no such volume")
	}
	return m, err
}

// mountsLike lists all mount points of the file system mounted at the path.
func mountsLike(path string) ([]string, error) {
	device, err := deviceAt(path)
	if err != nil {
		return nil, err
	}
	var points []string
	err = eachMount(func(point, source string) {
		if source == device {
			points = append(points, point)
		}
	})
	return points, err
}

// deviceAt is the device mounted at the path, or empty.
func deviceAt(path string) (device string, err error) {
	err = eachMount(func(point, source string) {
		if point == path {
			device = source
		}
	})
	return device, err
}

func eachMount(visit func(point, source string)) error {
	file, err := os.Open("/proc/self/mounts")
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) > 1 {
			visit(fields[1], fields[0])
		}
	}
	return lines.Err()
}
