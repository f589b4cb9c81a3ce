// Csi is a CSI driver for one node. A volume is an ext4 file system in an image file, the image files lie on a btrfs pool, and a
// snapshot or a clone is a reflink of the image: atomic, instant, and with block-device manners. A full volume says ENOSPC, statfs
// shows the volume's own size, and there is a lost+found. Class parameters make it misbehave on demand, see faults.go.
package main

import (
	"context"
	"flag"
	"log"
	"net"
	"os"
	"path"
	"sync"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

const (
	driverName    = "csi.test.litehaven.dev"
	driverVersion = "1.0.0"
)

func main() {
	endpoint := flag.String("endpoint", "", "path of the CSI socket")
	register := flag.String("registration", "", "path of the socket in the kubelet's plugins_registry; empty: do not register")
	poolDir := flag.String("pool", "", "directory on a file system with reflinks")
	node := flag.String("node", "", "name of this node")
	flag.Parse()

	p, err := openPool(*poolDir)
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer(grpc.UnaryInterceptor(oneAtATime()))
	csi.RegisterIdentityServer(server, identity{})
	csi.RegisterControllerServer(server, &controller{pool: p})
	csi.RegisterNodeServer(server, &nodeService{pool: p, name: *node})
	if *register != "" {
		kubelet := grpc.NewServer()
		registration.RegisterRegistrationServer(kubelet, registrar{endpoint: *endpoint})
		go serve(kubelet, *register)
	}
	serve(server, *endpoint)
}

func serve(server *grpc.Server, socket string) {
	if err := os.Remove(socket); err != nil && !os.IsNotExist(err) {
		log.Fatal(err)
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(server.Serve(listener))
}

// oneAtATime serialises all calls: every one is short, and none has to think about another.
func oneAtATime() grpc.UnaryServerInterceptor {
	var mutex sync.Mutex
	return func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		mutex.Lock()
		defer mutex.Unlock()
		response, err := handle(ctx, request)
		if method := path.Base(info.FullMethod); err != nil {
			log.Printf("%s: %v", method, err)
		} else if method != "Probe" && method != "NodeGetVolumeStats" && method != "NodeGetCapabilities" {
			log.Print(method)
		}
		return response, err
	}
}

type identity struct {
	csi.UnimplementedIdentityServer
}

func (identity) GetPluginInfo(context.Context, *csi.GetPluginInfoRequest) (*csi.GetPluginInfoResponse, error) {
	return &csi.GetPluginInfoResponse{Name: driverName, VendorVersion: driverVersion}, nil
}

func (identity) GetPluginCapabilities(context.Context, *csi.GetPluginCapabilitiesRequest) (*csi.GetPluginCapabilitiesResponse, error) {
	return &csi.GetPluginCapabilitiesResponse{Capabilities: []*csi.PluginCapability{{
		Type: &csi.PluginCapability_Service_{Service: &csi.PluginCapability_Service{
			Type: csi.PluginCapability_Service_CONTROLLER_SERVICE,
		}},
	}}}, nil
}

func (identity) Probe(context.Context, *csi.ProbeRequest) (*csi.ProbeResponse, error) {
	return &csi.ProbeResponse{Ready: wrapperspb.Bool(true)}, nil
}

// registrar tells the kubelet where the driver is.
type registrar struct {
	registration.UnimplementedRegistrationServer
	endpoint string
}

func (r registrar) GetInfo(context.Context, *registration.InfoRequest) (*registration.PluginInfo, error) {
	return &registration.PluginInfo{
		Type:              registration.CSIPlugin,
		Name:              driverName,
		Endpoint:          r.endpoint,
		SupportedVersions: []string{driverVersion},
	}, nil
}

func (registrar) NotifyRegistrationStatus(_ context.Context, s *registration.RegistrationStatus) (*registration.RegistrationStatusResponse, error) {
	if !s.PluginRegistered {
		log.Fatalf("the kubelet refused the driver: %s", s.Error)
	}
	return &registration.RegistrationStatusResponse{}, nil
}
