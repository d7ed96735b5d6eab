<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_TW" sourcelanguage="en">
    <context>
        <name>Engine</name>
        <message>
            <source>--calibration is for a network without a data set; with --data, the data set the ranges.</source>
            <translation>--calibration 用於沒有資料集的網路；有 --data 時由資料集決定範圍。</translation>
        </message>
        <message>
            <source>--features is for vibration; the task is {1}.</source>
            <translation>--features 用於振動；任務是 {1}。</translation>
        </message>
        <message>
            <source>--image-sizes is for your own pictures with a network of the zoo.</source>
            <translation>--image-sizes 用於你自己的圖片，搭配內建的網路。</translation>
        </message>
        <message>
            <source>--normal is for anomaly and vibration; the task is {1}.</source>
            <translation>--normal 用於異常與振動；任務是 {1}。</translation>
        </message>
        <message>
            <source>--normal names no class.</source>
            <translation>--normal 沒有指定類別。</translation>
        </message>
        <message>
            <source>--patches {1} is not a number of bands.</source>
            <translation>--patches {1} 不是條帶數。</translation>
        </message>
        <message>
            <source>--{1} describes a model file of your own.</source>
            <translation>--{1} 用於描述你自己的模型檔案。</translation>
        </message>
        <message>
            <source>--{1} describes examples, but this model goes without.</source>
            <translation>--{1} 用於描述範例，但這個模型不使用範例。</translation>
        </message>
        <message>
            <source>0.4 removes 40 % of the filters.</source>
            <translation>0.4 會移除 40 % 的濾波器。</translation>
        </message>
        <message>
            <source>0.6 freezes them after 60 %.</source>
            <translation>0.6 表示在 60 % 之後凍結。</translation>
        </message>
        <message>
            <source>16-bit ends</source>
            <translation>頭尾 16 位元</translation>
        </message>
        <message>
            <source>3 (signals) or 4 (images)</source>
            <translation>3（訊號）或 4（影像）</translation>
        </message>
        <message>
            <source>A batch of {1} is too small.</source>
            <translation>批次大小 {1} 太小。</translation>
        </message>
        <message>
            <source>A class has no name.</source>
            <translation>有一個類別沒有名稱。</translation>
        </message>
        <message>
            <source>A classifier has one output, this network has {1}.</source>
            <translation>分類器只有一個輸出，這個網路有 {1} 個。</translation>
        </message>
        <message>
            <source>A drive cannot be read back: only the firmware's own words tell.</source>
            <translation>磁碟無法讀回：只能靠韌體自己的回應得知。</translation>
        </message>
        <message>
            <source>A file of weights has no structure: export the network with torch.onnx.export instead.</source>
            <translation>權重檔案沒有結構：請改以 torch.onnx.export 匯出網路。</translation>
        </message>
        <message>
            <source>A finished model cannot be searched.</source>
            <translation>已完成的模型無法搜尋。</translation>
        </message>
        <message>
            <source>A front-end on the board is for networks with one int8 input.</source>
            <translation>開發板上的前處理用於有一個 int8 輸入的網路。</translation>
        </message>
        <message>
            <source>A model file does not say what its features are.</source>
            <translation>模型檔案沒有說明它的特徵是什麼。</translation>
        </message>
        <message>
            <source>A network of the zoo learns from examples; only a model file can do without.</source>
            <translation>內建的網路要從範例學習；只有模型檔案可以不用範例。</translation>
        </message>
        <message>
            <source>A network that is trained here has one of each.</source>
            <translation>在這裡訓練的網路各有一個。</translation>
        </message>
        <message>
            <source>A plain LSTM or GRU over a fixed number of steps, at most 64, is unrolled; give others that form, or use convolutions over time.</source>
            <translation>步數固定、最多 64 步的一般 LSTM 或 GRU 會展開；其他的請改成這種形式，或對時間使用卷積。</translation>
        </message>
        <message>
            <source>A project's features are not made by {1}.</source>
            <translation>專案的特徵不由 {1} 計算。</translation>
        </message>
        <message>
            <source>A recipe holds [[step]] tables.</source>
            <translation>配方由 [[step]] 表格組成。</translation>
        </message>
        <message>
            <source>A search needs to know what must fit where.</source>
            <translation>搜尋需要知道什麼要放進哪裡。</translation>
        </message>
        <message>
            <source>A search trains: it needs data and a network.</source>
            <translation>搜尋會進行訓練：需要資料與網路。</translation>
        </message>
        <message>
            <source>A sensor with {1} counts per unit cannot be used.</source>
            <translation>無法使用每單位 {1} 計數的感測器。</translation>
        </message>
        <message>
            <source>Add --task with one of {1}.</source>
            <translation>請加上 --task，值為 {1} 之一。</translation>
        </message>
        <message>
            <source>Add a board file with this chip_id: see CONTRIBUTING.md.</source>
            <translation>請加入含此 chip_id 的開發板檔案：見 CONTRIBUTING.md。</translation>
        </message>
        <message>
            <source>Add a sub-folder for each further class; training needs two or more.</source>
            <translation>請為其他類別各加一個子資料夾；訓練需要兩個以上。</translation>
        </message>
        <message>
            <source>Add a {1} to it, or delete the folder.</source>
            <translation>請加入{1:word}，或刪除該資料夾。</translation>
        </message>
        <message>
            <source>Add one: thimble-cli recipe add {1} train</source>
            <translation>請加入一個：thimble-cli recipe add {1} train</translation>
        </message>
        <message>
            <source>Add probe_target to its board file, or flash it over its serial line.</source>
            <translation>請在開發板檔案中加入 probe_target，或經由序列埠燒錄。</translation>
        </message>
        <message>
            <source>Add samples of that class, from several speakers or sessions if names tell them.</source>
            <translation>請增加該類別的樣本；若檔名能區分，請來自多位說話者或多次錄製。</translation>
        </message>
        <message>
            <source>Add samples to the training part.</source>
            <translation>請在訓練部分增加樣本。</translation>
        </message>
        <message>
            <source>Add samples.</source>
            <translation>請增加樣本。</translation>
        </message>
        <message>
            <source>Add some to the train folder, or name other normal classes.</source>
            <translation>請在 train 資料夾加入一些，或指定其他正常類別。</translation>
        </message>
        <message>
            <source>Add some to the train folder, or use an autoencoder: it learns normal samples only.</source>
            <translation>請在 train 資料夾加入一些，或使用自編碼器：它只學習正常樣本。</translation>
        </message>
        <message>
            <source>All samples come from one group: test and training share it.</source>
            <translation>所有樣本來自同一組：測試與訓練共用它。</translation>
        </message>
        <message>
            <source>An autoencoder learns from normal samples, but no class is marked as normal.</source>
            <translation>自編碼器向正常樣本學習，但沒有類別標為正常。</translation>
        </message>
        <message>
            <source>An older model or board was compared on the board; that is not shown.</source>
            <translation>在開發板上比較的是較舊的模型或開發板；不顯示。</translation>
        </message>
        <message>
            <source>Another program uses the board at {1}.</source>
            <translation>另一個程式正在使用 {1} 的開發板。</translation>
        </message>
        <message>
            <source>Another program uses the probe at {1}.</source>
            <translation>另一個程式正在使用 {1} 的除錯器。</translation>
        </message>
        <message>
            <source>Another run is working on {1}.</source>
            <translation>另一個執行正在使用 {1}。</translation>
        </message>
        <message>
            <source>Ask for 100 to 500.</source>
            <translation>請使用 100 到 500 個。</translation>
        </message>
        <message>
            <source>Average over positions or channels.</source>
            <translation>請對位置或通道取平均。</translation>
        </message>
        <message>
            <source>Batch normalisation is put back behind {1} convolutions, for the training; the answers stay the same.</source>
            <translation>為了訓練，在 {1} 個卷積之後放回批次正規化；答案維持不變。</translation>
        </message>
        <message>
            <source>Bias, or the zero point of its input: each channel is off by an amount of its own, the same at every position.</source>
            <translation>偏差，或輸入的零點：每個通道各有自己的偏移量，在每個位置都相同。</translation>
        </message>
        <message>
            <source>Board at {1}</source>
            <translation>{1} 的開發板</translation>
        </message>
        <message>
            <source>Boards</source>
            <translation>開發板</translation>
        </message>
        <message>
            <source>Boards in DFU mode need dfu-util, which is not installed.</source>
            <translation>DFU 模式的開發板需要 dfu-util，但尚未安裝。</translation>
        </message>
        <message>
            <source>Boards make features of sound, and spectra of tables with vibration.</source>
            <translation>開發板可計算聲音的特徵，以及振動表格的頻譜。</translation>
        </message>
        <message>
            <source>Bring the pictures to one size before the network.</source>
            <translation>請在網路之前把圖片調成同一大小。</translation>
        </message>
        <message>
            <source>Build it with --front-end board and flash it.</source>
            <translation>請以 --front-end board 建置並燒錄。</translation>
        </message>
        <message>
            <source>Build it with stateful=False, and give each call its whole window as input.</source>
            <translation>請以 stateful=False 建立，並且每次呼叫都給整個窗口作為輸入。</translation>
        </message>
        <message>
            <source>Build one: thimble-cli build FILE</source>
            <translation>請建置一個：thimble-cli build FILE</translation>
        </message>
        <message>
            <source>Build the firmware</source>
            <translation>建置韌體</translation>
        </message>
        <message>
            <source>Build the firmware again.</source>
            <translation>請重新建置韌體。</translation>
        </message>
        <message>
            <source>Build the firmware for this board.</source>
            <translation>請為這塊開發板建置韌體。</translation>
        </message>
        <message>
            <source>Build the network with a fixed input size.</source>
            <translation>請以固定的輸入大小建立網路。</translation>
        </message>
        <message>
            <source>Build with --front-end host.</source>
            <translation>請以 --front-end host 建置。</translation>
        </message>
        <message>
            <source>Build without --protocol.</source>
            <translation>請在建置時拿掉 --protocol。</translation>
        </message>
        <message>
            <source>Channels cannot be rounded to multiples of {1}.</source>
            <translation>通道數無法取為 {1} 的倍數。</translation>
        </message>
        <message>
            <source>Check cable and supply.</source>
            <translation>請檢查連接線與供電。</translation>
        </message>
        <message>
            <source>Check cable and supply. Press reset with BOOT0 still high, then flash again.</source>
            <translation>請檢查連接線與供電。在 BOOT0 仍為高電位時按下重置鍵，然後再燒錄一次。</translation>
        </message>
        <message>
            <source>Check its permissions.</source>
            <translation>請檢查它的權限。</translation>
        </message>
        <message>
            <source>Check the board's supply and jumpers (on a Nucleo both jumpers of CN2, and JP5 or JP6); if the old firmware sleeps, set BOOT0 high, plug the board in again, then flash.</source>
            <translation>請檢查開發板的供電與跳線（Nucleo 為 CN2 的兩個跳線，以及 JP5 或 JP6）；若舊韌體處於休眠，請把 BOOT0 設為高電位，重新接上開發板，然後燒錄。</translation>
        </message>
        <message>
            <source>Check the board's supply and the SWD wires; hold its reset button while you try again if its firmware sleeps or has turned the debug pins off.</source>
            <translation>請檢查開發板的供電與 SWD 接線；若韌體處於休眠或關閉了除錯接腳，再試一次時請按住重置鍵。</translation>
        </message>
        <message>
            <source>Check the board's supply and the SWD wires; hold its reset button while you try again.</source>
            <translation>請檢查開發板的供電與 SWD 接線；再試一次時請按住重置鍵。</translation>
        </message>
        <message>
            <source>Check the cable and that the firmware is flashed.</source>
            <translation>請檢查連接線，並確認韌體已燒錄。</translation>
        </message>
        <message>
            <source>Check the cable, and that no other program uses the port.</source>
            <translation>請檢查連接線，並確認沒有其他程式使用這個序列埠。</translation>
        </message>
        <message>
            <source>Check the cable, plug the board in again, then flash again.</source>
            <translation>請檢查連接線，重新接上開發板，然後再燒錄一次。</translation>
        </message>
        <message>
            <source>Check the cable, then flash again.</source>
            <translation>請檢查連接線，然後再燒錄一次。</translation>
        </message>
        <message>
            <source>Check the cable.</source>
            <translation>請檢查連接線。</translation>
        </message>
        <message>
            <source>Check the cable. Press reset with BOOT0 still high, then flash again.</source>
            <translation>請檢查連接線。在 BOOT0 仍為高電位時按下重置鍵，然後再燒錄一次。</translation>
        </message>
        <message>
            <source>Check the connection and give the command again: it goes on where it stopped. Or fetch {1} elsewhere and put it there as {2}.</source>
            <translation>請檢查連線並再下一次命令：會從停下的地方繼續。或在別處下載 {1}，再放到這裡並命名為 {2}。</translation>
        </message>
        <message>
            <source>Check the network with a batch of one.</source>
            <translation>請以批次大小 1 檢查網路。</translation>
        </message>
        <message>
            <source>Check the path after --calibration.</source>
            <translation>請檢查 --calibration 之後的路徑。</translation>
        </message>
        <message>
            <source>Check the path after --data.</source>
            <translation>請檢查 --data 之後的路徑。</translation>
        </message>
        <message>
            <source>Check the path after --samples.</source>
            <translation>請檢查 --samples 之後的路徑。</translation>
        </message>
        <message>
            <source>Check the path.</source>
            <translation>請檢查路徑。</translation>
        </message>
        <message>
            <source>Choose 1 to {1}.</source>
            <translation>請選擇 1 到 {1}。</translation>
        </message>
        <message>
            <source>Choose a .tflite file made by a TensorFlow Lite or LiteRT converter.</source>
            <translation>請選擇由 TensorFlow Lite 或 LiteRT 轉換器產生的 .tflite 檔案。</translation>
        </message>
        <message>
            <source>Choose a .tflite file.</source>
            <translation>請選擇 .tflite 檔案。</translation>
        </message>
        <message>
            <source>Choose a SavedModel of a few megabytes.</source>
            <translation>請選擇幾 MB 的 SavedModel。</translation>
        </message>
        <message>
            <source>Choose a board first.</source>
            <translation>請先選擇開發板。</translation>
        </message>
        <message>
            <source>Choose a data set first.</source>
            <translation>請先選擇資料集。</translation>
        </message>
        <message>
            <source>Choose a file that ends in .tflite.</source>
            <translation>請選擇以 .tflite 結尾的檔案。</translation>
        </message>
        <message>
            <source>Choose a file.</source>
            <translation>請選擇檔案。</translation>
        </message>
        <message>
            <source>Choose a folder whose name ends in .thimble.</source>
            <translation>請選擇名稱以 .thimble 結尾的資料夾。</translation>
        </message>
        <message>
            <source>Choose a folder with one sub-folder for each class.</source>
            <translation>請選擇每個類別各有一個子資料夾的資料夾。</translation>
        </message>
        <message>
            <source>Choose a model first.</source>
            <translation>請先選擇模型。</translation>
        </message>
        <message>
            <source>Choose a model for small pictures or short recordings.</source>
            <translation>請選擇用於小圖片或短錄音的模型。</translation>
        </message>
        <message>
            <source>Choose a model of at most a few megabytes.</source>
            <translation>請選擇最多幾 MB 的模型。</translation>
        </message>
        <message>
            <source>Choose a network with as many outputs as classes.</source>
            <translation>請選擇輸出數與類別數相同的網路。</translation>
        </message>
        <message>
            <source>Choose a smaller network.</source>
            <translation>請選擇較小的網路。</translation>
        </message>
        <message>
            <source>Choose a teacher for inputs of this size, or read the data at its size.</source>
            <translation>請選擇適合這個輸入大小的教師，或以教師的大小讀取資料。</translation>
        </message>
        <message>
            <source>Choose a teacher that was trained on the same classes.</source>
            <translation>請選擇以相同類別訓練過的教師。</translation>
        </message>
        <message>
            <source>Choose among {1}.</source>
            <translation>請從 {1} 中選擇。</translation>
        </message>
        <message>
            <source>Choose an .npz or .csv file, or a folder with one sub-folder for each class.</source>
            <translation>請選擇 .npz 或 .csv 檔案，或每個類別各有一個子資料夾的資料夾。</translation>
        </message>
        <message>
            <source>Choose another --folder.</source>
            <translation>請選擇另一個 --folder。</translation>
        </message>
        <message>
            <source>Choose another file.</source>
            <translation>請選擇另一個檔案。</translation>
        </message>
        <message>
            <source>Choose another folder.</source>
            <translation>請選擇另一個資料夾。</translation>
        </message>
        <message>
            <source>Choose another name.</source>
            <translation>請選擇另一個名稱。</translation>
        </message>
        <message>
            <source>Choose another place, or free some disk space. No part of a report was left behind.</source>
            <translation>請選擇另一個位置，或騰出磁碟空間。沒有留下不完整的報告。</translation>
        </message>
        <message>
            <source>Choose another place.</source>
            <translation>請選擇另一個位置。</translation>
        </message>
        <message>
            <source>Choose data of that size, or a network made for these data.</source>
            <translation>請選擇這個大小的資料，或為這些資料設計的網路。</translation>
        </message>
        <message>
            <source>Choose examples (a data set) first.</source>
            <translation>請先選擇範例（資料集）。</translation>
        </message>
        <message>
            <source>Choose l1 or taylor; in imported networks BatchNorm is often folded away.</source>
            <translation>請選擇 l1 或 taylor；匯入的網路裡 BatchNorm 常已併入其他層。</translation>
        </message>
        <message>
            <source>Choose one of {1}.</source>
            <translation>請選擇 {1} 之一。</translation>
        </message>
        <message>
            <source>Choose the board that is connected, and build again.</source>
            <translation>請選擇接上的那塊開發板，然後重新建置。</translation>
        </message>
        <message>
            <source>Choose the folder or file again.</source>
            <translation>請重新選擇資料夾或檔案。</translation>
        </message>
        <message>
            <source>Choose the folder with saved_model.pb.</source>
            <translation>請選擇含 saved_model.pb 的資料夾。</translation>
        </message>
        <message>
            <source>Choose the front-end that the network was trained with, or --front-end host.</source>
            <translation>請選擇訓練網路時所用的前處理，或 --front-end host。</translation>
        </message>
        <message>
            <source>Choose tiny-dense or an autoencoder for vectors.</source>
            <translation>向量請選擇 tiny-dense 或自編碼器。</translation>
        </message>
        <message>
            <source>Choose {1}.</source>
            <translation>請選擇{1}。</translation>
        </message>
        <message>
            <source>Close STM32CubeProgrammer, then try again.</source>
            <translation>請關閉 STM32CubeProgrammer，然後再試一次。</translation>
        </message>
        <message>
            <source>Close it there, then try again.</source>
            <translation>請在那裡關閉它，然後再試一次。</translation>
        </message>
        <message>
            <source>Close it there.</source>
            <translation>請在那裡關閉它。</translation>
        </message>
        <message>
            <source>Close it, then try again.</source>
            <translation>請關閉它，然後再試一次。</translation>
        </message>
        <message>
            <source>Close other debuggers (STM32CubeIDE, OpenOCD, pyOCD), then try again.</source>
            <translation>請關閉其他除錯程式（STM32CubeIDE、OpenOCD、pyOCD），然後再試一次。</translation>
        </message>
        <message>
            <source>Close other debuggers (STM32CubeIDE, pyOCD, another OpenOCD), then try again.</source>
            <translation>請關閉其他除錯程式（STM32CubeIDE、pyOCD、另一個 OpenOCD），然後再試一次。</translation>
        </message>
        <message>
            <source>Close serial monitors, then try again.</source>
            <translation>請關閉序列埠監看程式，然後再試一次。</translation>
        </message>
        <message>
            <source>Code cannot be optimised for {1}.</source>
            <translation>程式碼無法以 {1} 最佳化。</translation>
        </message>
        <message>
            <source>Compare every layer</source>
            <translation>比較每一層</translation>
        </message>
        <message>
            <source>Compare it with stm32f407.toml.</source>
            <translation>請和 stm32f407.toml 比較。</translation>
        </message>
        <message>
            <source>Compare the board's answers</source>
            <translation>比較開發板的答案</translation>
        </message>
        <message>
            <source>Compute it outside the network, before its input or after its output, and export the rest.</source>
            <translation>請在網路之外計算它（輸入之前或輸出之後），再匯出其餘部分。</translation>
        </message>
        <message>
            <source>Connect a 3.3 V USB-serial adapter or a Debug Probe: its RX to GP0 (pin 1), its TX to GP1 (pin 2), GND to pin 3.</source>
            <translation>請接上 3.3 V USB 序列轉接器或 Debug Probe：它的 RX 接 GP0（第 1 腳），TX 接 GP1（第 2 腳），GND 接第 3 腳。</translation>
        </message>
        <message>
            <source>Connect a 3.3 V USB-serial adapter: its RX to PA2, its TX to PA3, GND to GND.</source>
            <translation>請接上 3.3 V USB 序列轉接器：它的 RX 接 PA2，TX 接 PA3，GND 接 GND。</translation>
        </message>
        <message>
            <source>Connect a 3.3 V USB-serial adapter: its RX to PB10, its TX to PB11, GND to GND.</source>
            <translation>請接上 3.3 V USB 序列轉接器：它的 RX 接 PB10，TX 接 PB11，GND 接 GND。</translation>
        </message>
        <message>
            <source>Connection refused</source>
            <translation>連線被拒絕</translation>
        </message>
        <message>
            <source>Convert again.</source>
            <translation>請重新轉換。</translation>
        </message>
        <message>
            <source>Convert the network to 8-bit integers with operators that TFLite Micro has.</source>
            <translation>請用 TFLite Micro 有的運算子，把網路轉換成 8 位元整數。</translation>
        </message>
        <message>
            <source>Convert the network to 8-bit integers.</source>
            <translation>請把網路轉換成 8 位元整數。</translation>
        </message>
        <message>
            <source>Convert to 8-bit whole numbers</source>
            <translation>轉換成 8 位元整數</translation>
        </message>
        <message>
            <source>Copy it again.</source>
            <translation>請重新複製一份。</translation>
        </message>
        <message>
            <source>Copy or export it again.</source>
            <translation>請重新複製或匯出。</translation>
        </message>
        <message>
            <source>Copy project.previous.json over it; that is the state before the last save.</source>
            <translation>請用 project.previous.json 覆蓋它；那是上次儲存前的狀態。</translation>
        </message>
        <message>
            <source>Copy the data file beside the model.</source>
            <translation>請把資料檔案複製到模型旁邊。</translation>
        </message>
        <message>
            <source>Correct the line it names.</source>
            <translation>請更正它指出的那一行。</translation>
        </message>
        <message>
            <source>Correct the value.</source>
            <translation>請更正這個值。</translation>
        </message>
        <message>
            <source>Cut before.</source>
            <translation>請在之前裁切。</translation>
        </message>
        <message>
            <source>Cut or pad every sample to one length before the network.</source>
            <translation>請在網路之前把每個樣本裁切或填充到相同長度。</translation>
        </message>
        <message>
            <source>Data settings: {1} is {2}, but must be {3}.</source>
            <translation>資料設定：{1} 是 {2}，但必須是{3}。</translation>
        </message>
        <message>
            <source>Data settings: {1} must be a list of names, not {2}.</source>
            <translation>資料設定：{1} 必須是名稱清單，不是 {2}。</translation>
        </message>
        <message>
            <source>Data settings: {1} must be a list of numbers, not {2}.</source>
            <translation>資料設定：{1} 必須是數字清單，不是 {2}。</translation>
        </message>
        <message>
            <source>Data settings: {1} must be a {2}, not {3}.</source>
            <translation>資料設定：{1} 必須是 {2}，不是 {3}。</translation>
        </message>
        <message>
            <source>Do not unplug the board before it has ended.</source>
            <translation>在它結束之前，請勿拔下開發板。</translation>
        </message>
        <message>
            <source>Do not use this file.</source>
            <translation>請不要使用這個檔案。</translation>
        </message>
        <message>
            <source>Do not use this file; get the model from its author.</source>
            <translation>請不要使用這個檔案；請向作者取得模型。</translation>
        </message>
        <message>
            <source>Each row is one moment, each column one axis, numbers separated by commas.</source>
            <translation>每一列是一個時刻，每一欄是一個軸，數字以逗號分隔。</translation>
        </message>
        <message>
            <source>End the network with a dense layer that has one output per class.</source>
            <translation>請讓網路以每個類別一個輸出的全連接層結束。</translation>
        </message>
        <message>
            <source>Enlarge by nearest neighbour with a whole factor, or by a transposed convolution.</source>
            <translation>請以整數倍的最近鄰放大，或使用轉置卷積。</translation>
        </message>
        <message>
            <source>Every class is healthy: it can be trained, but no AUC tells how well it finds faults.</source>
            <translation>每個類別都是健康的：可以訓練，但沒有 AUC 能說明它找出故障的能力。</translation>
        </message>
        <message>
            <source>Export again.</source>
            <translation>請重新匯出。</translation>
        </message>
        <message>
            <source>Export it again with the PyTorch of this program, or export to ONNX.</source>
            <translation>請用這個程式的 PyTorch 重新匯出，或匯出成 ONNX。</translation>
        </message>
        <message>
            <source>Export it again.</source>
            <translation>請重新匯出。</translation>
        </message>
        <message>
            <source>Export it as a SavedModel or float TFLite and import that.</source>
            <translation>請匯出成 SavedModel 或浮點 TFLite，再匯入它。</translation>
        </message>
        <message>
            <source>Export it from PyTorch.</source>
            <translation>請從 PyTorch 匯出。</translation>
        </message>
        <message>
            <source>Export it to ONNX where it was made, and import that file.</source>
            <translation>請在製作它的地方匯出成 ONNX，再匯入那個檔案。</translation>
        </message>
        <message>
            <source>Export it to ONNX.</source>
            <translation>請匯出成 ONNX。</translation>
        </message>
        <message>
            <source>Export it with a fixed input size, for example 1x3x96x96.</source>
            <translation>請以固定的輸入大小匯出，例如 1x3x96x96。</translation>
        </message>
        <message>
            <source>Export it with a fixed input size; only the batch may be open.</source>
            <translation>請以固定的輸入大小匯出；只有批次可以不固定。</translation>
        </message>
        <message>
            <source>Export it without sequence lengths.</source>
            <translation>請匯出時不帶序列長度。</translation>
        </message>
        <message>
            <source>Export only the branch that the chip shall run.</source>
            <translation>請只匯出晶片要執行的分支。</translation>
        </message>
        <message>
            <source>Export only the inference function of the model.</source>
            <translation>請只匯出模型的推論函數。</translation>
        </message>
        <message>
            <source>Export or download the model again, or get it from its author.</source>
            <translation>請重新匯出或下載模型，或向作者取得。</translation>
        </message>
        <message>
            <source>Export or download the model again.</source>
            <translation>請重新匯出或下載模型。</translation>
        </message>
        <message>
            <source>Export the model again with opset_version=20.</source>
            <translation>請以 opset_version=20 重新匯出模型。</translation>
        </message>
        <message>
            <source>Export the model again.</source>
            <translation>請重新匯出模型。</translation>
        </message>
        <message>
            <source>Export the model with a batch of one.</source>
            <translation>請以批次大小 1 匯出模型。</translation>
        </message>
        <message>
            <source>Export the model with computed outputs only.</source>
            <translation>請匯出輸出皆由計算得出的模型。</translation>
        </message>
        <message>
            <source>Export the network with torch.onnx.export instead.</source>
            <translation>請改以 torch.onnx.export 匯出網路。</translation>
        </message>
        <message>
            <source>Export the network without it.</source>
            <translation>請匯出不含它的網路。</translation>
        </message>
        <message>
            <source>Export the network without state, so that each call gets its whole window as input.</source>
            <translation>請匯出沒有狀態的網路，讓每次呼叫都取得整個窗口作為輸入。</translation>
        </message>
        <message>
            <source>Export with fixed sizes.</source>
            <translation>請以固定大小匯出。</translation>
        </message>
        <message>
            <source>Export with opset_version=20.</source>
            <translation>請以 opset_version=20 匯出。</translation>
        </message>
        <message>
            <source>Exported C cannot use kernels called {1}.</source>
            <translation>匯出的 C 無法使用名為 {1} 的運算核心。</translation>
        </message>
        <message>
            <source>Fastest with at least {1}: {2}.</source>
            <translation>準確率至少 {1} 當中最快的：{2}。</translation>
        </message>
        <message>
            <source>Features of this project are not made on a board.</source>
            <translation>這個專案的特徵不在開發板上計算。</translation>
        </message>
        <message>
            <source>Features of {1} are not made on a board.</source>
            <translation>{1:word}的特徵不在開發板上計算。</translation>
        </message>
        <message>
            <source>Features {1} of vibration are not made on a board.</source>
            <translation>振動的特徵 {1} 不在開發板上計算。</translation>
        </message>
        <message>
            <source>Fetch the real file with: git lfs pull</source>
            <translation>請以此取得真正的檔案：git lfs pull</translation>
        </message>
        <message>
            <source>Fetching {1}</source>
            <translation>正在下載 {1}</translation>
        </message>
        <message>
            <source>Fetching {1}, going on at {2} MB</source>
            <translation>正在下載 {1}，從 {2} MB 繼續</translation>
        </message>
        <message>
            <source>File exists</source>
            <translation>檔案已存在</translation>
        </message>
        <message>
            <source>Filters cannot be ranked by the factors of BatchNorm: this network has none.</source>
            <translation>濾波器無法依 BatchNorm 的係數排序：這個網路沒有 BatchNorm。</translation>
        </message>
        <message>
            <source>Filters cannot be ranked by {1}.</source>
            <translation>濾波器無法依 {1} 排序。</translation>
        </message>
        <message>
            <source>Filters cannot be ranked over {1}.</source>
            <translation>濾波器無法在 {1} 的範圍內排序。</translation>
        </message>
        <message>
            <source>Filters cannot be removed in {1} rounds.</source>
            <translation>濾波器無法分 {1} 輪移除。</translation>
        </message>
        <message>
            <source>First the same training without a teacher, to compare with.</source>
            <translation>先做沒有教師的相同訓練，以便比較。</translation>
        </message>
        <message>
            <source>Flash again.</source>
            <translation>請再燒錄一次。</translation>
        </message>
        <message>
            <source>Flash again; if it fails again, the flash may be worn.</source>
            <translation>請再燒錄一次；若再次失敗，Flash 可能已磨損。</translation>
        </message>
        <message>
            <source>Flash again; if it fails at the same place, the flash may be worn.</source>
            <translation>請再燒錄一次；若在同一處失敗，Flash 可能已磨損。</translation>
        </message>
        <message>
            <source>Flash firmware of this version of the program.</source>
            <translation>請燒錄這個程式版本的韌體。</translation>
        </message>
        <message>
            <source>Flash the board again, then verify again.</source>
            <translation>請重新燒錄開發板，然後再驗證一次。</translation>
        </message>
        <message>
            <source>Flash the firmware again.</source>
            <translation>請重新燒錄韌體。</translation>
        </message>
        <message>
            <source>Flash the firmware again; if it stops again, send the report.</source>
            <translation>請重新燒錄韌體；若再次停止，請寄出報告。</translation>
        </message>
        <message>
            <source>Flash the firmware of this model again.</source>
            <translation>請重新燒錄這個模型的韌體。</translation>
        </message>
        <message>
            <source>Flash the firmware of this model.</source>
            <translation>請燒錄這個模型的韌體。</translation>
        </message>
        <message>
            <source>Flash with a probe instead.</source>
            <translation>請改用除錯器燒錄。</translation>
        </message>
        <message>
            <source>Flash: the image needs {1} bytes from 0x{2}, a drive writes {3} from 0x{4}.</source>
            <translation>Flash：映像從 0x{2} 起需要 {1} 位元組，磁碟從 0x{4} 起可寫入 {3}。</translation>
        </message>
        <message>
            <source>Flash: the image needs {1} bytes from 0x{2}, the board has {3} from 0x{4}.</source>
            <translation>Flash：映像從 0x{2} 起需要 {1} 位元組，開發板從 0x{4} 起有 {3}。</translation>
        </message>
        <message>
            <source>Flatten last in the network.</source>
            <translation>請在網路最後才攤平。</translation>
        </message>
        <message>
            <source>Free disk space for caches</source>
            <translation>快取可用的磁碟空間</translation>
        </message>
        <message>
            <source>Free some disk space or choose another folder; nothing was lost.</source>
            <translation>請騰出磁碟空間或選擇另一個資料夾；沒有遺失任何內容。</translation>
        </message>
        <message>
            <source>Free some disk space, then run again; finished stages are kept.</source>
            <translation>請騰出磁碟空間，然後再執行一次；已完成的階段會保留。</translation>
        </message>
        <message>
            <source>Free some space below {1}.</source>
            <translation>請在 {1} 之下騰出空間。</translation>
        </message>
        <message>
            <source>Generated C is not compared: {1}</source>
            <translation>不比較產生的 C：{1}</translation>
        </message>
        <message>
            <source>Give a number from 1 to {1}.</source>
            <translation>請給 1 到 {1} 的數字。</translation>
        </message>
        <message>
            <source>Give at least one sample.</source>
            <translation>請至少提供一個樣本。</translation>
        </message>
        <message>
            <source>Give data.toml a validation_share above 0.</source>
            <translation>請在 data.toml 中把 validation_share 設為大於 0。</translation>
        </message>
        <message>
            <source>Give each class its own name.</source>
            <translation>請給每個類別不同的名稱。</translation>
        </message>
        <message>
            <source>Give every line the same number of columns.</source>
            <translation>請讓每一行的欄數相同。</translation>
        </message>
        <message>
            <source>Give it (steps, features).</source>
            <translation>請給它（步數, 特徵）。</translation>
        </message>
        <message>
            <source>Give it one input of a fixed size and only operations of TFLite. A Keras network with recurrent layers is imported from its .keras file.</source>
            <translation>請給它一個固定大小的輸入，且只用 TFLite 的運算。含循環層的 Keras 網路請從 .keras 檔案匯入。</translation>
        </message>
        <message>
            <source>Give one entry of {1} for each input.</source>
            <translation>請為每個輸入給一個 {1} 的項目。</translation>
        </message>
        <message>
            <source>Give one number, or one per channel.</source>
            <translation>請給一個數字，或每個通道一個。</translation>
        </message>
        <message>
            <source>Give the command again. If that does not help, the publisher has changed the file.</source>
            <translation>請再下一次命令。若仍無效，表示發布者更改了檔案。</translation>
        </message>
        <message>
            <source>Give the whole path of a file, or one of {1}.</source>
            <translation>請給出檔案的完整路徑，或 {1} 之一。</translation>
        </message>
        <message>
            <source>Going on after epoch {1}, where an earlier run was stopped.</source>
            <translation>從第 {1} 輪之後繼續，先前的執行停在那裡。</translation>
        </message>
        <message>
            <source>INT16 values and an INT32 bias in {1}</source>
            <translation>{1} 中的 INT16 數值與 INT32 偏差</translation>
        </message>
        <message>
            <source>If you trust its author, add to the step's settings: trusted_teacher={1}</source>
            <translation>若你信任它的作者，請在步驟的設定中加入：trusted_teacher={1}</translation>
        </message>
        <message>
            <source>If you trust its author: thimble-cli import {1} --trust</source>
            <translation>若你信任它的作者：thimble-cli import {1} --trust</translation>
        </message>
        <message>
            <source>ImageNet's mean and deviation</source>
            <translation> ImageNet 的平均值與標準差</translation>
        </message>
        <message>
            <source>Import the float network; or quantise it with QuantizeLinear and DequantizeLinear around float operators, which keeps its ranges (ONNX Runtime: quantize_static with quant_format=QDQ).</source>
            <translation>請匯入浮點網路；或以 QuantizeLinear 與 DequantizeLinear 包住浮點運算子來量化，這樣會保留它的範圍（ONNX Runtime：quantize_static，quant_format=QDQ）。</translation>
        </message>
        <message>
            <source>Import the model file again.</source>
            <translation>請重新匯入模型檔案。</translation>
        </message>
        <message>
            <source>In use by {1}.</source>
            <translation>{1} 正在使用它。</translation>
        </message>
        <message>
            <source>Input/output error</source>
            <translation>輸入輸出錯誤</translation>
        </message>
        <message>
            <source>Install OpenOCD 0.12 or newer.</source>
            <translation>請安裝 OpenOCD 0.12 或更新的版本。</translation>
        </message>
        <message>
            <source>Install Python 3.11.</source>
            <translation>請安裝 Python 3.11。</translation>
        </message>
        <message>
            <source>Install dfu-util.</source>
            <translation>請安裝 dfu-util。</translation>
        </message>
        <message>
            <source>Install it with: pip install thimble-studio[microphone]</source>
            <translation>請以此安裝：pip install thimble-studio[microphone]</translation>
        </message>
        <message>
            <source>Install it with: pip install ziglang</source>
            <translation>請以此安裝：pip install ziglang</translation>
        </message>
        <message>
            <source>Install the program again.</source>
            <translation>請重新安裝程式。</translation>
        </message>
        <message>
            <source>Install them with: pip install "thimble-studio[bench]"</source>
            <translation>請以此安裝：pip install "thimble-studio[bench]"</translation>
        </message>
        <message>
            <source>Install {1}, or use another link: thimble-cli ports lists them.</source>
            <translation>請安裝 {1}，或使用另一種連線方式：thimble-cli ports 會列出來。</translation>
        </message>
        <message>
            <source>Is a directory</source>
            <translation>這是資料夾</translation>
        </message>
        <message>
            <source>It cannot be trained.</source>
            <translation>它無法訓練。</translation>
        </message>
        <message>
            <source>It cannot be trained: {1}</source>
            <translation>它無法訓練：{1}</translation>
        </message>
        <message>
            <source>It computes infinite values or none at all: a division by zero, or a range that overflows.</source>
            <translation>它算出無限大或不是數字的值：除以零，或範圍溢位。</translation>
        </message>
        <message>
            <source>It has {1}; thimble-cli recipe show PROJECT lists them.</source>
            <translation>它有 {1} 個；thimble-cli recipe show PROJECT 會列出來。</translation>
        </message>
        <message>
            <source>It is not a Thimble project.</source>
            <translation>它不是 Thimble 專案。</translation>
        </message>
        <message>
            <source>It is not the file that its publisher announced: nothing was used.</source>
            <translation>它不是發布者公告的檔案：沒有使用任何內容。</translation>
        </message>
        <message>
            <source>It is not what its publisher announced: delete it and download it again.</source>
            <translation>它不是發布者公告的內容：請刪除並重新下載。</translation>
        </message>
        <message>
            <source>It may have moved: look for a newer version of Thimble.</source>
            <translation>它可能已搬移：請找較新版本的 Thimble。</translation>
        </message>
        <message>
            <source>It may hold {1}.</source>
            <translation>它可以含有 {1}。</translation>
        </message>
        <message>
            <source>It reads tables of vibration.</source>
            <translation>它讀取振動的表格。</translation>
        </message>
        <message>
            <source>Its classes are {1}. Without names its last layer is new.</source>
            <translation>它的類別是 {1}。沒有名稱時，最後一層會是新的。</translation>
        </message>
        <message>
            <source>Its drive is not mounted.</source>
            <translation>它的磁碟沒有掛載。</translation>
        </message>
        <message>
            <source>Its flash may be write-protected (STM32CubeProgrammer shows it), or the supply low.</source>
            <translation>它的 Flash 可能有寫入保護（STM32CubeProgrammer 可查看），或供電電壓太低。</translation>
        </message>
        <message>
            <source>Its inputs: {1}.</source>
            <translation>它的輸入：{1}。</translation>
        </message>
        <message>
            <source>Its results are not quantised.</source>
            <translation>它的結果沒有量化。</translation>
        </message>
        <message>
            <source>Its shape is another one: a layer before it was dropped, or an axis was kept.</source>
            <translation>它的形狀不同：前面的層被拿掉，或多留了一個軸。</translation>
        </message>
        <message>
            <source>Its stages: {1}.</source>
            <translation>它的階段：{1}。</translation>
        </message>
        <message>
            <source>Its {1} are others. {2}</source>
            <translation>它的{1:word}不同。{2}</translation>
        </message>
        <message>
            <source>Join before.</source>
            <translation>請在之前連接。</translation>
        </message>
        <message>
            <source>Keep the .onnx and its data file together.</source>
            <translation>請把 .onnx 與它的資料檔案放在一起。</translation>
        </message>
        <message>
            <source>Known boards: {1}.</source>
            <translation>已知的開發板：{1}。</translation>
        </message>
        <message>
            <source>Known families: {1}.</source>
            <translation>已知的系列：{1}。</translation>
        </message>
        <message>
            <source>Known interfaces: {1}.</source>
            <translation>已知的介面：{1}。</translation>
        </message>
        <message>
            <source>Known keys: {1}.</source>
            <translation>已知的鍵：{1}。</translation>
        </message>
        <message>
            <source>Known kinds: {1}.</source>
            <translation>已知的種類：{1}。</translation>
        </message>
        <message>
            <source>Known methods: {1}.</source>
            <translation>已知的方法：{1}。</translation>
        </message>
        <message>
            <source>Known toolchains: zig, gcc.</source>
            <translation>已知的工具鏈：zig、gcc。</translation>
        </message>
        <message>
            <source>Known: auto, {1}.</source>
            <translation>已知：auto、{1}。</translation>
        </message>
        <message>
            <source>Known: {1} and SavedModel folders.</source>
            <translation>已知：{1} 與 SavedModel 資料夾。</translation>
        </message>
        <message>
            <source>Known: {1}.</source>
            <translation>已知：{1}。</translation>
        </message>
        <message>
            <source>Labels count from 0.</source>
            <translation>標籤從 0 開始編號。</translation>
        </message>
        <message>
            <source>Layer {1} ({2}) cannot run: {3}.</source>
            <translation>層 {1}（{2}）無法執行：{3}。</translation>
        </message>
        <message>
            <source>Layer {1} ({2}) needs the most: lower the input size, or prune about {3} % of its channels.</source>
            <translation>層 {1}（{2}）需要最多：請縮小輸入，或剪除約 {3} % 的通道。</translation>
        </message>
        <message>
            <source>Layer {1} changes from {2} to {3}: it differs by {4} of its largest value, the limit is {5}.</source>
            <translation>層 {1} 從 {2} 到 {3} 有變化：相差其最大值的 {4}，上限是 {5}。</translation>
        </message>
        <message>
            <source>Layer {1} changes from {2} to {3}: it differs by {4} quanta, the limit is {5}.</source>
            <translation>層 {1} 從 {2} 到 {3} 有變化：相差 {4} 級，上限是 {5}。</translation>
        </message>
        <message>
            <source>Layer {1} gets the range {2} to {3} instead of {4} to {5}: in TFLite it shares its range with its neighbour.</source>
            <translation>層 {1} 得到的範圍是 {2} 到 {3}，而不是 {4} 到 {5}：在 TFLite 中它與相鄰的層共用範圍。</translation>
        </message>
        <message>
            <source>Layer {1} gives values that are not finite.</source>
            <translation>層 {1} 產生的數值不是有限的。</translation>
        </message>
        <message>
            <source>Layer {1} on the {2} differs from {3} by {4} {5}.</source>
            <translation>{2:word}上的層 {1} 與 {3} 相差 {4}{5:word}。</translation>
        </message>
        <message>
            <source>Layers with weights: {1}.</source>
            <translation>有權重的層：{1}。</translation>
        </message>
        <message>
            <source>Layout: height and width of its kernel are swapped.</source>
            <translation>排列：它的核心的高與寬對調。</translation>
        </message>
        <message>
            <source>Layout: it has {1} and should have {2}.</source>
            <translation>排列：它有 {1}，應有 {2}。</translation>
        </message>
        <message>
            <source>Layout: its kernel is turned round.</source>
            <translation>排列：它的核心被翻轉。</translation>
        </message>
        <message>
            <source>Layout: its values are right but stand in another order (axes taken for one another).</source>
            <translation>排列：它的值正確，但順序不同（軸弄混了）。</translation>
        </message>
        <message>
            <source>Layout: its {1} have another shape, or are not quantised.</source>
            <translation>排列：它的{1:word}形狀不同，或沒有量化。</translation>
        </message>
        <message>
            <source>Layout: {1} is {2} and should be {3}.</source>
            <translation>排列：{1} 是 {2}，應為 {3}。</translation>
        </message>
        <message>
            <source>Learn from a teacher</source>
            <translation>向教師學習</translation>
        </message>
        <message>
            <source>Leave --calibration away.</source>
            <translation>請拿掉 --calibration。</translation>
        </message>
        <message>
            <source>Leave --channel-order away.</source>
            <translation>請拿掉 --channel-order。</translation>
        </message>
        <message>
            <source>Leave --data away: it is converted as it is. Own samples: --calibration FILE.npz</source>
            <translation>請拿掉 --data：它會原樣轉換。自己的樣本：--calibration FILE.npz</translation>
        </message>
        <message>
            <source>Leave --networks away: it is searched.</source>
            <translation>請拿掉 --networks：網路由搜尋決定。</translation>
        </message>
        <message>
            <source>Leave it away; the other settings are searched.</source>
            <translation>請拿掉它；其他設定由搜尋決定。</translation>
        </message>
        <message>
            <source>Leave one of the two away.</source>
            <translation>請拿掉兩者之一。</translation>
        </message>
        <message>
            <source>Leave out --protocol or --front-end.</source>
            <translation>請拿掉 --protocol 或 --front-end。</translation>
        </message>
        <message>
            <source>Leave out initial_state: the chip starts each window from zeros.</source>
            <translation>請拿掉 initial_state：晶片的每個窗口都從零開始。</translation>
        </message>
        <message>
            <source>Leave out the first state: nn.LSTM(...)(x).</source>
            <translation>請拿掉初始狀態：nn.LSTM(...)(x)。</translation>
        </message>
        <message>
            <source>Leave out the steps that remove dead filters or train with 8-bit numbers.</source>
            <translation>請拿掉移除無用濾波器或以 8 位元訓練的步驟。</translation>
        </message>
        <message>
            <source>Leave output_padding out.</source>
            <translation>請拿掉 output_padding。</translation>
        </message>
        <message>
            <source>Leave return_state out; with return_sequences=False its output is the last state.</source>
            <translation>請拿掉 return_state；設定 return_sequences=False 時，它的輸出就是最後的狀態。</translation>
        </message>
        <message>
            <source>Leave the option away.</source>
            <translation>請拿掉這個選項。</translation>
        </message>
        <message>
            <source>Leave the pruning step out, or avoid depthwise layers with several filters a channel.</source>
            <translation>請拿掉剪枝步驟，或避免每個通道有多個濾波器的深度卷積層。</translation>
        </message>
        <message>
            <source>Leave the {1} to the computer: on the board it takes {2} KB of flash, {3} KB of RAM.</source>
            <translation>請把{1:word}交給電腦：在開發板上它需要 {2} KB Flash 與 {3} KB RAM。</translation>
        </message>
        <message>
            <source>Let it hold one of {1}.</source>
            <translation>請讓它含有 {1} 之一。</translation>
        </message>
        <message>
            <source>Linux only</source>
            <translation>僅限 Linux</translation>
        </message>
        <message>
            <source>LiteRT cannot run this file, TFLite Micro does: {1}</source>
            <translation>LiteRT 無法執行這個檔案，TFLite Micro 可以：{1}</translation>
        </message>
        <message>
            <source>LiteRT refuses {1}: {2}</source>
            <translation>LiteRT 拒絕了 {1}：{2}</translation>
        </message>
        <message>
            <source>Look at that layer on the Verify page, or run: thimble-cli verify PROJECT</source>
            <translation>請在「驗證」頁查看那一層，或執行：thimble-cli verify PROJECT</translation>
        </message>
        <message>
            <source>Look the values up in your firmware, or use a slice with fixed places.</source>
            <translation>請在韌體中查表取得數值，或使用位置固定的切片。</translation>
        </message>
        <message>
            <source>Look the vectors up in your firmware, and let the network begin behind them.</source>
            <translation>請在韌體中查表取得向量，讓網路從其後開始。</translation>
        </message>
        <message>
            <source>Lower the learning rate, for example from {1} to {2}.</source>
            <translation>請降低學習率，例如從 {1} 降到 {2}。</translation>
        </message>
        <message>
            <source>MLPerf Tiny's protocol is for networks with one int8 input and one int8 output.</source>
            <translation>MLPerf Tiny 的通訊協定用於有一個 int8 輸入與一個 int8 輸出的網路。</translation>
        </message>
        <message>
            <source>Made with an older model, recipe, data set or board.</source>
            <translation>由較舊的模型、配方、資料集或開發板產生。</translation>
        </message>
        <message>
            <source>Make a project from the float network and its data.</source>
            <translation>請以浮點網路與它的資料建立專案。</translation>
        </message>
        <message>
            <source>Make it again: thimble-cli new NAME --network {1} --trust</source>
            <translation>請重新建立：thimble-cli new NAME --network {1} --trust</translation>
        </message>
        <message>
            <source>Make room, or choose another --folder.</source>
            <translation>請騰出空間，或選擇另一個 --folder。</translation>
        </message>
        <message>
            <source>Make room, or choose another --folder; then give the command again.</source>
            <translation>請騰出空間，或選擇另一個 --folder；然後再下一次命令。</translation>
        </message>
        <message>
            <source>Measured with 8-bit roundings; the same network in float gives {1}.</source>
            <translation>以 8 位元捨入量測；同一個網路以浮點計算是 {1}。</translation>
        </message>
        <message>
            <source>Merged into the layer in front of it.</source>
            <translation>已併入前面的層。</translation>
        </message>
        <message>
            <source>Microphones found</source>
            <translation>找到的麥克風</translation>
        </message>
        <message>
            <source>Model files: {1}</source>
            <translation>模型檔案：{1}</translation>
        </message>
        <message>
            <source>Most accurate that fits: {1}, {2} (validation).</source>
            <translation>放得下的當中最準確的：{1}，{2}（驗證）。</translation>
        </message>
        <message>
            <source>Mount it for your user, or unplug it and plug it in again.</source>
            <translation>請以你的使用者掛載它，或拔下後重新接上。</translation>
        </message>
        <message>
            <source>Name a project or an ELF file.</source>
            <translation>請指定專案或 ELF 檔案。</translation>
        </message>
        <message>
            <source>Name another file with --journal, or remove this one.</source>
            <translation>請以 --journal 指定另一個檔案，或移除這個。</translation>
        </message>
        <message>
            <source>Name examples with --data, or leave the option away.</source>
            <translation>請以 --data 指定範例，或拿掉這個選項。</translation>
        </message>
        <message>
            <source>Name one class for each output, in the order of the outputs.</source>
            <translation>請依輸出的順序，為每個輸出指定一個類別。</translation>
        </message>
        <message>
            <source>Name one with --network FILE, or leave the option away.</source>
            <translation>請以 --network FILE 指定一個，或拿掉這個選項。</translation>
        </message>
        <message>
            <source>Name one with --network FILE, or name examples with --data.</source>
            <translation>請以 --network FILE 指定一個，或以 --data 指定範例。</translation>
        </message>
        <message>
            <source>Name one with --on: {1}.</source>
            <translation>請以 --on 指定一個：{1}。</translation>
        </message>
        <message>
            <source>Name one: --on dfu:SERIAL. thimble-cli ports lists them.</source>
            <translation>請指定一塊：--on dfu:SERIAL。thimble-cli ports 會列出來。</translation>
        </message>
        <message>
            <source>Name the axes, such as x.mean((2, 3)).</source>
            <translation>請寫明軸，例如 x.mean((2, 3))。</translation>
        </message>
        <message>
            <source>Name the board with --board, or add a board file: see CONTRIBUTING.md.</source>
            <translation>請以 --board 指定開發板，或加入開發板檔案：見 CONTRIBUTING.md。</translation>
        </message>
        <message>
            <source>Name the normal classes in the data settings (normal_classes).</source>
            <translation>請在資料設定中指定正常類別（normal_classes）。</translation>
        </message>
        <message>
            <source>Name the serial port too: {1}@PORT.</source>
            <translation>請同時指定序列埠：{1}@PORT。</translation>
        </message>
        <message>
            <source>Name the sizes.</source>
            <translation>請寫明大小。</translation>
        </message>
        <message>
            <source>Networks must not branch on the values of tensors, and must accept a batch of one.</source>
            <translation>網路不可依張量的數值分支，並且必須接受批次大小 1。</translation>
        </message>
        <message>
            <source>No AUC: the {1} part holds no faulty samples, so nobody can tell how well faults are found.</source>
            <translation>沒有 AUC：{1:word}部分沒有故障的樣本，因此無從得知找出故障的能力。</translation>
        </message>
        <message>
            <source>No AUC: the {1} part holds no healthy samples, so nobody can tell how well faults are found.</source>
            <translation>沒有 AUC：{1:word}部分沒有健康的樣本，因此無從得知找出故障的能力。</translation>
        </message>
        <message>
            <source>No board in DFU mode at {1}.</source>
            <translation>{1} 沒有 DFU 模式的開發板。</translation>
        </message>
        <message>
            <source>No boot loader answers at {1}.</source>
            <translation>{1} 沒有開機載入程式回應。</translation>
        </message>
        <message>
            <source>No data belong to this file: ranges come from the file, those that it does not say from {1} seeded inputs. They show whether the forms agree, not how accurate the network is.</source>
            <translation>這個檔案沒有資料：範圍取自檔案，沒有註明的由 {1} 個依種子產生的輸入得出。它們顯示各形式是否一致，不代表網路有多準確。</translation>
        </message>
        <message>
            <source>No data belong to this file: ranges come from {1} seeded inputs. They show whether the forms agree, not how accurate the network is.</source>
            <translation>這個檔案沒有資料：範圍由 {1} 個依種子產生的輸入得出。它們顯示各形式是否一致，不代表網路有多準確。</translation>
        </message>
        <message>
            <source>No data set belongs to this file: ranges come from the file, those that it does not say from your {1} samples.</source>
            <translation>這個檔案沒有資料集：範圍取自檔案，沒有註明的由你的 {1} 個樣本得出。</translation>
        </message>
        <message>
            <source>No data set belongs to this file: ranges come from your {1} samples.</source>
            <translation>這個檔案沒有資料集：範圍由你的 {1} 個樣本得出。</translation>
        </message>
        <message>
            <source>No drive of a board is here.</source>
            <translation>這裡沒有開發板的磁碟。</translation>
        </message>
        <message>
            <source>No filter of this network gives the same output for every input.</source>
            <translation>這個網路沒有對每個輸入都給出相同輸出的濾波器。</translation>
        </message>
        <message>
            <source>No microphone was found.</source>
            <translation>找不到麥克風。</translation>
        </message>
        <message>
            <source>No place is worth 16 bits: 8 bits everywhere.</source>
            <translation>沒有值得用 16 位元的地方：全部用 8 位元。</translation>
        </message>
        <message>
            <source>No probe is plugged in.</source>
            <translation>沒有接上除錯器。</translation>
        </message>
        <message>
            <source>No space left on device</source>
            <translation>磁碟空間不足</translation>
        </message>
        <message>
            <source>No such file or directory</source>
            <translation>沒有這個檔案或資料夾</translation>
        </message>
        <message>
            <source>No tool writes such an archive by itself: get the model from its author.</source>
            <translation>沒有工具會自行寫出這樣的封存檔：請向作者取得模型。</translation>
        </message>
        <message>
            <source>No two layers of this network could be balanced without changing what it computes.</source>
            <translation>這個網路沒有兩層可以平衡而不改變計算結果。</translation>
        </message>
        <message>
            <source>No virtual board answers at {1}.</source>
            <translation>{1} 沒有虛擬開發板回應。</translation>
        </message>
        <message>
            <source>No virtual board listens at {1}.</source>
            <translation>{1} 沒有虛擬開發板在聽。</translation>
        </message>
        <message>
            <source>None reaches {1}.</source>
            <translation>沒有一個達到 {1}。</translation>
        </message>
        <message>
            <source>Not a directory</source>
            <translation>這不是資料夾</translation>
        </message>
        <message>
            <source>Not looked at further: it stands behind a layer that cannot be imported.</source>
            <translation>沒有進一步查看：它在無法匯入的層之後。</translation>
        </message>
        <message>
            <source>Not supported: {1}, in layer {2} and {3} more.</source>
            <translation>不支援：{1}，在層 {2} 與另外 {3} 層。</translation>
        </message>
        <message>
            <source>Not supported: {1}, in layer {2}.</source>
            <translation>不支援：{1}，在層 {2}。</translation>
        </message>
        <message>
            <source>Not supported: {1}, in layers {2} and {3} more.</source>
            <translation>不支援：{1}，在層 {2} 與另外 {3} 層。</translation>
        </message>
        <message>
            <source>Not supported: {1}, in layers {2}.</source>
            <translation>不支援：{1}，在層 {2}。</translation>
        </message>
        <message>
            <source>Nothing could be compared: no second program runs this network. {1}</source>
            <translation>沒有可比較的：沒有第二個程式能執行這個網路。{1}</translation>
        </message>
        <message>
            <source>Nothing runs on a new virtual board.</source>
            <translation>新的虛擬開發板上沒有程式在執行。</translation>
        </message>
        <message>
            <source>Nothing that leads to a board is plugged in. If a board's light is on, its cable may have no data lines: try another cable.</source>
            <translation>沒有接上任何通往開發板的裝置。若開發板的燈亮著，連接線可能沒有資料線，請換一條。</translation>
        </message>
        <message>
            <source>Nothing that was tried fits.</source>
            <translation>試過的都放不下。</translation>
        </message>
        <message>
            <source>Nothing to do, unless you want it: install {1}.</source>
            <translation>不必處理；需要時請安裝 {1}。</translation>
        </message>
        <message>
            <source>Nothing to do: zig is enough.</source>
            <translation>不必處理：有 zig 就夠了。</translation>
        </message>
        <message>
            <source>Nothing to wire: LPUART1 (PG7, PG8) is the serial port of the ST-LINK's own USB cable.</source>
            <translation>不必接線：LPUART1（PG7、PG8）就是 ST-LINK 自己的 USB 線上的序列埠。</translation>
        </message>
        <message>
            <source>Nothing to wire: USART2 (PA2, PA3) is the serial port of the ST-LINK's own USB cable.</source>
            <translation>不必接線：USART2（PA2、PA3）就是 ST-LINK 自己的 USB 線上的序列埠。</translation>
        </message>
        <message>
            <source>Nothing to wire: USART3 (PD8, PD9) is the serial port of the ST-LINK's own USB cable.</source>
            <translation>不必接線：USART3（PD8、PD9）就是 ST-LINK 自己的 USB 線上的序列埠。</translation>
        </message>
        <message>
            <source>On Debian or Ubuntu: sudo apt install libportaudio2</source>
            <translation>在 Debian 或 Ubuntu 上：sudo apt install libportaudio2</translation>
        </message>
        <message>
            <source>Only float32 inputs can be trained; remove the conversion in front.</source>
            <translation>只有 float32 輸入可以訓練；請移除前面的轉換。</translation>
        </message>
        <message>
            <source>Only {1} of {2} bytes could be read back at {3}.</source>
            <translation>在 {3} 只能讀回 {1} 位元組，共 {2} 位元組。</translation>
        </message>
        <message>
            <source>Open it in the file manager, then try again.</source>
            <translation>請在檔案管理員中開啟它，然後再試一次。</translation>
        </message>
        <message>
            <source>OpenOCD finds no probe at {1}.</source>
            <translation>OpenOCD 在 {1} 找不到除錯器。</translation>
        </message>
        <message>
            <source>OpenOCD is not used here with {1} and {2}.</source>
            <translation>這裡不以 {1} 搭配 {2} 使用 OpenOCD。</translation>
        </message>
        <message>
            <source>Operator {1} ({2}) has no value.</source>
            <translation>運算子 {1}（{2}）沒有值。</translation>
        </message>
        <message>
            <source>Operator {1} ({2}) refers to no variable.</source>
            <translation>運算子 {1}（{2}）沒有參照變數。</translation>
        </message>
        <message>
            <source>Or choose a larger board: {1}.</source>
            <translation>或選擇較大的開發板：{1}。</translation>
        </message>
        <message>
            <source>Pad positions or channels.</source>
            <translation>請填充位置或通道。</translation>
        </message>
        <message>
            <source>Pad with a constant.</source>
            <translation>請以常數填充。</translation>
        </message>
        <message>
            <source>Padding on the wrong side: the image is moved by {1}.</source>
            <translation>填充在錯的一側：影像移動了 {1}。</translation>
        </message>
        <message>
            <source>Padding: it has {1} and should have {2}.</source>
            <translation>填充：它有 {1}，應有 {2}。</translation>
        </message>
        <message>
            <source>Padding: it is {1} and should be {2}.</source>
            <translation>填充：它是 {1}，應為 {2}。</translation>
        </message>
        <message>
            <source>Padding: only elements within {1} of the border are wrong.</source>
            <translation>填充：只有距邊緣 {1} 以內的元素有誤。</translation>
        </message>
        <message>
            <source>Padding: {1} is {2} and should be {3}.</source>
            <translation>填充：{1} 是 {2}，應為 {3}。</translation>
        </message>
        <message>
            <source>Permission denied</source>
            <translation>權限不足</translation>
        </message>
        <message>
            <source>Pick one place, such as x[:, -1].</source>
            <translation>請取一個位置，例如 x[:, -1]。</translation>
        </message>
        <message>
            <source>Plan and build it as it is, or import the float network that it was made of.</source>
            <translation>請直接規劃並建置它，或匯入產生它的浮點網路。</translation>
        </message>
        <message>
            <source>Plan the memory</source>
            <translation>規劃記憶體</translation>
        </message>
        <message>
            <source>Please report it with the details.</source>
            <translation>請連同詳細資料一起回報。</translation>
        </message>
        <message>
            <source>Plug it in again, then try again.</source>
            <translation>請重新接上它，然後再試一次。</translation>
        </message>
        <message>
            <source>Plug it in, or close what else uses it. thimble-cli doctor lists what is here.</source>
            <translation>請接上它，或關閉正在使用它的其他程式。thimble-cli doctor 會列出這裡有什麼。</translation>
        </message>
        <message>
            <source>Plug it in. If its light is on, the cable may have no data lines. For another kind of probe use --on openocd:cmsis-dap or --on openocd:jlink.</source>
            <translation>請接上它。若它的燈亮著，連接線可能沒有資料線。其他種類的除錯器請用 --on openocd:cmsis-dap 或 --on openocd:jlink。</translation>
        </message>
        <message>
            <source>Plug one in, or let the system use it, then try again.</source>
            <translation>請接上一個，或讓系統可以使用它，然後再試一次。</translation>
        </message>
        <message>
            <source>Plug the board in again, then flash again. The program on the board is incomplete.</source>
            <translation>請重新接上開發板，然後再燒錄一次。開發板上的程式不完整。</translation>
        </message>
        <message>
            <source>Plug the board in again, then flash again: what it holds is not known.</source>
            <translation>請重新接上開發板，然後再燒錄一次：目前不知道上面是什麼。</translation>
        </message>
        <message>
            <source>Plug the board in; a Pico shows its drive when BOOTSEL is held meanwhile. If the board's light is on and no drive appears, the cable may have no data lines.</source>
            <translation>請接上開發板；Pico 要按住 BOOTSEL 再接上才會出現磁碟。若開發板的燈亮著但沒有磁碟出現，連接線可能沒有資料線。</translation>
        </message>
        <message>
            <source>Plug the board in; if its light is on and no port appears, the cable may have no data lines: try another. Run: thimble-cli ports</source>
            <translation>請接上開發板；若燈亮著卻沒有出現序列埠，連接線可能沒有資料線：請換一條。請執行：thimble-cli ports</translation>
        </message>
        <message>
            <source>Power the board; on a Nucleo board check the jumper IDD (JP6) and the power jumper.</source>
            <translation>請為開發板供電；Nucleo 請檢查跳線 IDD（JP6）與電源跳線。</translation>
        </message>
        <message>
            <source>Predict flash, RAM and time</source>
            <translation>預測 Flash、RAM 與時間</translation>
        </message>
        <message>
            <source>Press reset with BOOT0 still high, then flash again.</source>
            <translation>在 BOOT0 仍為高電位時按下重置鍵，然後再燒錄一次。</translation>
        </message>
        <message>
            <source>Probes need pyOCD, which is not installed.</source>
            <translation>除錯器需要 pyOCD，但尚未安裝。</translation>
        </message>
        <message>
            <source>Prune about {1} % of the weights ({2} KB).</source>
            <translation>剪除約 {1} % 的權重（{2} KB）。</translation>
        </message>
        <message>
            <source>Prune the model, lower its input size, or choose a larger board.</source>
            <translation>請剪枝模型、縮小輸入，或選擇較大的開發板。</translation>
        </message>
        <message>
            <source>Put each {1} into a sub-folder that is named after its class.</source>
            <translation>請把每個{1:word}放進以其類別命名的子資料夾。</translation>
        </message>
        <message>
            <source>PyTorch cannot export the network in {1}: {2}.</source>
            <translation>PyTorch 無法匯出 {1} 中的網路：{2}。</translation>
        </message>
        <message>
            <source>PyTorch cannot export the network: {1}.</source>
            <translation>PyTorch 無法匯出這個網路：{1}。</translation>
        </message>
        <message>
            <source>PyTorch exported nothing.</source>
            <translation>PyTorch 沒有匯出任何內容。</translation>
        </message>
        <message>
            <source>Quantise activations per tensor.</source>
            <translation>請以每個張量量化激活值。</translation>
        </message>
        <message>
            <source>Quantise the network to INT8, or prune {1} KB of weights.</source>
            <translation>把網路量化為 INT8，或剪除 {1} KB 的權重。</translation>
        </message>
        <message>
            <source>Quantise them per channel.</source>
            <translation>請以每個通道量化。</translation>
        </message>
        <message>
            <source>RGB or BGR</source>
            <translation> RGB 或 BGR</translation>
        </message>
        <message>
            <source>Range clipped: the scale covers {1} % of the values' range.</source>
            <translation>範圍被截斷：比例只涵蓋數值範圍的 {1} %。</translation>
        </message>
        <message>
            <source>Range clipped: {1} % of its elements stand at an end of the range, not beyond it.</source>
            <translation>範圍被截斷：{1} % 的元素停在範圍的端點，而不是超出。</translation>
        </message>
        <message>
            <source>Read the examples</source>
            <translation>讀取範例</translation>
        </message>
        <message>
            <source>Read the examples again.</source>
            <translation>請重新讀取範例。</translation>
        </message>
        <message>
            <source>Read the model</source>
            <translation>讀取模型</translation>
        </message>
        <message>
            <source>Read the model file</source>
            <translation>讀取模型檔案</translation>
        </message>
        <message>
            <source>Read the state (h_n), or the whole sequence.</source>
            <translation>請讀取狀態（h_n），或整個序列。</translation>
        </message>
        <message>
            <source>Read-only file system</source>
            <translation>唯讀檔案系統</translation>
        </message>
        <message>
            <source>Reading of model files</source>
            <translation>讀取模型檔案</translation>
        </message>
        <message>
            <source>Recognised as {1} by the names and shapes of its tensors.</source>
            <translation>依張量的名稱與形狀，認出是 {1}。</translation>
        </message>
        <message>
            <source>Record it again or delete it.</source>
            <translation>請重新錄製或刪除。</translation>
        </message>
        <message>
            <source>Record longer pieces.</source>
            <translation>請錄製較長的片段。</translation>
        </message>
        <message>
            <source>Remove filters that never change</source>
            <translation>移除從不變化的濾波器</translation>
        </message>
        <message>
            <source>Remove inputs that the network does not use, and outputs that are the same tensor.</source>
            <translation>請移除網路沒有用到的輸入，以及其實是同一個張量的輸出。</translation>
        </message>
        <message>
            <source>Remove the least useful filters</source>
            <translation>移除最無用的濾波器</translation>
        </message>
        <message>
            <source>Remove the protection with STM32CubeProgrammer; this erases the whole chip.</source>
            <translation>請用 STM32CubeProgrammer 解除保護；這會清除整個晶片。</translation>
        </message>
        <message>
            <source>Remove those samples.</source>
            <translation>請移除這些樣本。</translation>
        </message>
        <message>
            <source>Removed {1} of {2} parameters ({3}).</source>
            <translation>移除 {1} 個參數，原有 {2} 個（{3}）。</translation>
        </message>
        <message>
            <source>Repeat it less often.</source>
            <translation>請減少重複次數。</translation>
        </message>
        <message>
            <source>Replace Lambda and custom layers by Keras' own, or export to ONNX.</source>
            <translation>請以 Keras 自己的層取代 Lambda 與自訂層，或匯出成 ONNX。</translation>
        </message>
        <message>
            <source>Replace it in the network by supported operators, then export it again.</source>
            <translation>請在網路中換成支援的運算子，再重新匯出。</translation>
        </message>
        <message>
            <source>Replace it in the network, for example by a ReLU.</source>
            <translation>請在網路中替換它，例如換成 ReLU。</translation>
        </message>
        <message>
            <source>Replace it in the network. Supported: {1}.</source>
            <translation>請在網路中替換它。支援的有：{1}。</translation>
        </message>
        <message>
            <source>Replace the layer in the network.</source>
            <translation>請在網路中替換這一層。</translation>
        </message>
        <message>
            <source>Report the network.</source>
            <translation>請回報這個網路。</translation>
        </message>
        <message>
            <source>Report the network: the translation should have refused it before.</source>
            <translation>請回報這個網路：轉譯時就應該拒絕它。</translation>
        </message>
        <message>
            <source>Resize with half_pixel_centers=True (tf.image.resize, UpSampling2D), then export again.</source>
            <translation>請以 half_pixel_centers=True 縮放（tf.image.resize、UpSampling2D），再重新匯出。</translation>
        </message>
        <message>
            <source>Return only the class scores, or choose a task other than classification.</source>
            <translation>請只輸出類別分數，或選擇分類以外的任務。</translation>
        </message>
        <message>
            <source>Return the image itself, or put a dense layer behind the flatten.</source>
            <translation>請直接輸出影像，或在攤平之後放一個全連接層。</translation>
        </message>
        <message>
            <source>Return the scores; your firmware picks the largest.</source>
            <translation>請輸出分數；由你的韌體取最大者。</translation>
        </message>
        <message>
            <source>Round {1} of {2}: removed {3} of {4} parameters ({5}).</source>
            <translation>第 {1} 輪，共 {2} 輪：移除 {3} 個參數，原有 {4} 個（{5}）。</translation>
        </message>
        <message>
            <source>Rounding: {1} % of its elements are off, by no more than {2} quanta.</source>
            <translation>捨入：{1} % 的元素有偏差，最多 {2} 級。</translation>
        </message>
        <message>
            <source>Row by row the arrays belong together, so give each as many samples.</source>
            <translation>各陣列逐列對應，因此樣本數要相同。</translation>
        </message>
        <message>
            <source>Rules to open boards</source>
            <translation>開啟開發板的權限規則</translation>
        </message>
        <message>
            <source>Run the convert stage again.</source>
            <translation>請再執行一次轉換階段。</translation>
        </message>
        <message>
            <source>Run the training again; the data and the recipe are kept.</source>
            <translation>請再訓練一次；資料與配方會保留。</translation>
        </message>
        <message>
            <source>Run: pip install "thimble-studio[probe]"</source>
            <translation>請執行：pip install "thimble-studio[probe]"</translation>
        </message>
        <message>
            <source>Run: thimble-cli doctor</source>
            <translation>請執行：thimble-cli doctor</translation>
        </message>
        <message>
            <source>Run: thimble-cli doctor --pack {1}</source>
            <translation>請執行：thimble-cli doctor --pack {1}</translation>
        </message>
        <message>
            <source>Run: thimble-cli doctor --udev 60-thimble.rules, and then the command that it prints.</source>
            <translation>請執行：thimble-cli doctor --udev 60-thimble.rules，再執行它印出的命令。</translation>
        </message>
        <message>
            <source>Run: thimble-cli ports. A Pico shows its drive when BOOTSEL is held while it is plugged in.</source>
            <translation>請執行：thimble-cli ports。Pico 要按住 BOOTSEL 再接上才會出現磁碟。</translation>
        </message>
        <message>
            <source>Run: thimble-cli ports. If the probe's light is on and it is not listed, the cable may have no data lines, or you may not open it: thimble-cli doctor tells.</source>
            <translation>請執行：thimble-cli ports。若除錯器的燈亮著卻沒有列出，可能是連接線沒有資料線，或你沒有開啟它的權限：thimble-cli doctor 會說明。</translation>
        </message>
        <message>
            <source>Run: thimble-cli run {1}</source>
            <translation>請執行：thimble-cli run {1}</translation>
        </message>
        <message>
            <source>Samples of {1} are reshaped to the {2} that the network takes.</source>
            <translation>{1} 的樣本重新排成網路接受的 {2}。</translation>
        </message>
        <message>
            <source>Save a whole model.</source>
            <translation>請儲存整個模型。</translation>
        </message>
        <message>
            <source>Save it again with a recent Keras: model.save('model.keras').</source>
            <translation>請用新版 Keras 重新儲存：model.save('model.keras')。</translation>
        </message>
        <message>
            <source>Save it as CSV in UTF-8.</source>
            <translation>請存成 UTF-8 的 CSV。</translation>
        </message>
        <message>
            <source>Save it as PNG or JPEG, or delete it.</source>
            <translation>請存成 PNG 或 JPEG，或刪除它。</translation>
        </message>
        <message>
            <source>Save it as WAV, FLAC or OGG, or delete it.</source>
            <translation>請存成 WAV、FLAC 或 OGG，或刪除它。</translation>
        </message>
        <message>
            <source>Save it with model.save('model.keras').</source>
            <translation>請以 model.save('model.keras') 儲存。</translation>
        </message>
        <message>
            <source>Save only the weights, torch.save(model.state_dict(), ...), or export to ONNX.</source>
            <translation>請只儲存權重：torch.save(model.state_dict(), ...)，或匯出成 ONNX。</translation>
        </message>
        <message>
            <source>Save the whole model: model.save('model.keras').</source>
            <translation>請儲存整個模型：model.save('model.keras')。</translation>
        </message>
        <message>
            <source>Save them with torch.save(model.state_dict(), ...).</source>
            <translation>請以 torch.save(model.state_dict(), ...) 儲存權重。</translation>
        </message>
        <message>
            <source>Say it without the batch, channels first: --input-shape 3,96,96</source>
            <translation>請指定形狀，不含批次，通道在前：--input-shape 3,96,96</translation>
        </message>
        <message>
            <source>Say it: --front-end {1}.</source>
            <translation>請指定：--front-end {1}。</translation>
        </message>
        <message>
            <source>Scale of each channel: {1} to {2} times what it should be (scales of weights, or a normalisation folded wrongly).</source>
            <translation>各通道的比例：是應有值的 {1} 到 {2} 倍（權重的比例，或正規化併入有誤）。</translation>
        </message>
        <message>
            <source>Scale: all its elements are {1} times what they should be (its weights by one factor).</source>
            <translation>比例：所有元素都是應有值的 {1} 倍（權重差同一個倍數）。</translation>
        </message>
        <message>
            <source>Scale: all its elements are {1} times what they should be (requantisation multiplier).</source>
            <translation>比例：所有元素都是應有值的 {1} 倍（重新量化的乘數）。</translation>
        </message>
        <message>
            <source>Scale: its range is {1} times as wide as the values.</source>
            <translation>比例：它的範圍是數值的 {1} 倍寬。</translation>
        </message>
        <message>
            <source>Search first, with the same --networks and --image-sizes; each row has its number.</source>
            <translation>請先以相同的 --networks 與 --image-sizes 搜尋；每一列都有編號。</translation>
        </message>
        <message>
            <source>Search for the best that fits</source>
            <translation>搜尋放得下的最佳模型</translation>
        </message>
        <message>
            <source>Self-test at boot: {1} ({2} ms).</source>
            <translation>開機自我測試：{1}（{2} 毫秒）。</translation>
        </message>
        <message>
            <source>Sensitivity is measured on a project's own samples, and on a float network.</source>
            <translation>敏感度以專案自己的樣本、在浮點網路上量測。</translation>
        </message>
        <message>
            <source>Set BOOT0 high (the jumper or button beside the chip), plug the chip's own USB socket in, press reset, then try again. If nothing appears, the cable may have no data lines.</source>
            <translation>把 BOOT0 設為高電位（晶片旁的跳線或按鈕），接上晶片本身的 USB 插座，按下重置鍵，然後再試一次。若沒有出現任何裝置，連接線可能沒有資料線。</translation>
        </message>
        <message>
            <source>Set BOOT0 high (the jumper or button beside the chip), press reset, then try again.</source>
            <translation>把 BOOT0 設為高電位（晶片旁的跳線或按鈕），按下重置鍵，然後再試一次。</translation>
        </message>
        <message>
            <source>Set batch_first=True and a batch of one.</source>
            <translation>請設定 batch_first=True 與批次大小 1。</translation>
        </message>
        <message>
            <source>Set {1} to cpu, or take it away.</source>
            <translation>請把 {1} 設為 cpu，或移除它。</translation>
        </message>
        <message>
            <source>Several boards are in DFU mode.</source>
            <translation>有多塊開發板在 DFU 模式。</translation>
        </message>
        <message>
            <source>Share over positions.</source>
            <translation>請讓各位置共用。</translation>
        </message>
        <message>
            <source>Shorten the sequence in front, with a stride or a pool, or cut it into shorter windows.</source>
            <translation>請在前面以步幅或池化縮短序列，或切成較短的窗口。</translation>
        </message>
        <message>
            <source>Simplify the model (for example with onnxsim), then import it.</source>
            <translation>請先簡化模型（例如用 onnxsim），再匯入。</translation>
        </message>
        <message>
            <source>Start it again.</source>
            <translation>請重新啟動它。</translation>
        </message>
        <message>
            <source>Start one, or choose another link.</source>
            <translation>請啟動一個，或選擇另一種連線方式。</translation>
        </message>
        <message>
            <source>Start the comparison again.</source>
            <translation>請重新開始比較。</translation>
        </message>
        <message>
            <source>Step {1} ({2}) has an unknown key: {3}.</source>
            <translation>步驟 {1}（{2}）有不認得的鍵：{3}。</translation>
        </message>
        <message>
            <source>Step {1} ({2}): {3} is {4}, which is unknown.</source>
            <translation>步驟 {1}（{2}）：{3} 是 {4}，不認得這個值。</translation>
        </message>
        <message>
            <source>Step {1} ({2}): {3} must be a {4}, not {5}.</source>
            <translation>步驟 {1}（{2}）：{3} 必須是 {4}，不是 {5}。</translation>
        </message>
        <message>
            <source>Step {1} of the recipe has an unknown kind: {2}.</source>
            <translation>配方的步驟 {1} 是不認得的種類：{2}。</translation>
        </message>
        <message>
            <source>Steps that train (train, distill, prune, qat) are not offered for it.</source>
            <translation>不提供需要訓練的步驟（train、distill、prune、qat）。</translation>
        </message>
        <message>
            <source>Stopped as you asked.</source>
            <translation>已依你的要求停止。</translation>
        </message>
        <message>
            <source>Store an array of shape (samples, {1}).</source>
            <translation>請存成形狀為（樣本數, {1}）的陣列。</translation>
        </message>
        <message>
            <source>Store it as float32.</source>
            <translation>請存成 float32。</translation>
        </message>
        <message>
            <source>Supported operators: {1}.</source>
            <translation>支援的運算子：{1}。</translation>
        </message>
        <message>
            <source>Supported: {1}.</source>
            <translation>支援的有：{1}。</translation>
        </message>
        <message>
            <source>Swapped channels: its inputs are taken in the opposite order.</source>
            <translation>通道對調：它的輸入以相反的順序取用。</translation>
        </message>
        <message>
            <source>Swapped channels: {1} of {2} channels hold another one's values (channel {3} those of channel {4}).</source>
            <translation>通道對調：{2} 個通道中有 {1} 個是別的通道的值（通道 {3} 是通道 {4} 的值）。</translation>
        </message>
        <message>
            <source>TFLite Micro accepts the network and uses {1} bytes of arena on this host.</source>
            <translation>TFLite Micro 接受這個網路，在這台電腦上使用 {1} 位元組的張量區。</translation>
        </message>
        <message>
            <source>TFLite Micro cannot run {1}: {2}.</source>
            <translation>TFLite Micro 無法執行 {1}：{2}。</translation>
        </message>
        <message>
            <source>TFLite Micro has no custom operator {1}.</source>
            <translation>TFLite Micro 沒有自訂運算子 {1}。</translation>
        </message>
        <message>
            <source>TFLite Micro is not available on this system; LiteRT's reference kernels ran instead.</source>
            <translation>此系統沒有 TFLite Micro；改用 LiteRT 的參考運算核心。</translation>
        </message>
        <message>
            <source>TFLite Micro refuses the network: {1}.</source>
            <translation>TFLite Micro 拒絕了這個網路：{1}。</translation>
        </message>
        <message>
            <source>Take out samples with NaN or infinity.</source>
            <translation>請移除含 NaN 或無限大的樣本。</translation>
        </message>
        <message>
            <source>Teacher {1} cannot take inputs of {2}.</source>
            <translation>教師 {1} 無法接受 {2} 的輸入。</translation>
        </message>
        <message>
            <source>Teacher {1} gives {2} outputs, but the network here gives {3}.</source>
            <translation>教師 {1} 有 {2} 個輸出，但這裡的網路有 {3} 個。</translation>
        </message>
        <message>
            <source>Teacher: {1} ({2}).</source>
            <translation>教師：{1}（{2}）。</translation>
        </message>
        <message>
            <source>Teacher: {1}.</source>
            <translation>教師：{1}。</translation>
        </message>
        <message>
            <source>Tensor {1} has an unsupported number type ({2}).</source>
            <translation>張量 {1} 是不支援的數字型別（{2}）。</translation>
        </message>
        <message>
            <source>TensorFlow cannot convert the SavedModel {1}.</source>
            <translation>TensorFlow 無法轉換 SavedModel {1}。</translation>
        </message>
        <message>
            <source>TensorFlow has merged the batch normalisations into their layers.</source>
            <translation>TensorFlow 已把批次正規化併入它們的層。</translation>
        </message>
        <message>
            <source>TensorFlow's converter made {1} of the network's {2}.</source>
            <translation>TensorFlow 的轉換器把網路的 {2} 變成了 {1}。</translation>
        </message>
        <message>
            <source>TensorFlow's converter refused the network: {1}.</source>
            <translation>TensorFlow 的轉換器拒絕了這個網路：{1}。</translation>
        </message>
        <message>
            <source>The C compiler zig is not installed.</source>
            <translation>沒有安裝 C 編譯器 zig。</translation>
        </message>
        <message>
            <source>The C compiler {1} is not installed.</source>
            <translation>沒有安裝 C 編譯器 {1}。</translation>
        </message>
        <message>
            <source>The Keras configuration is nested too deeply.</source>
            <translation>Keras 設定的巢狀層次太深。</translation>
        </message>
        <message>
            <source>The Keras configuration lists something that is no layer.</source>
            <translation>Keras 設定列出了不是層的東西。</translation>
        </message>
        <message>
            <source>The TFLite file holds no network.</source>
            <translation>這個 TFLite 檔案沒有網路。</translation>
        </message>
        <message>
            <source>The TFLite file is damaged.</source>
            <translation>這個 TFLite 檔案已損壞。</translation>
        </message>
        <message>
            <source>The biases of {1} layers make up for the rounding of their weights.</source>
            <translation>{1} 層的偏差已補償權重的捨入。</translation>
        </message>
        <message>
            <source>The biases stay as they are: the operations of this network cannot be followed.</source>
            <translation>偏差維持原樣：這個網路的運算無法追蹤。</translation>
        </message>
        <message>
            <source>The board answered with {1} bytes of output, its firmware promised {2}.</source>
            <translation>開發板回應了 {1} 位元組的輸出，韌體原先說是 {2}。</translation>
        </message>
        <message>
            <source>The board answers other bytes than TFLite Micro: {1} of them over {2} inputs.</source>
            <translation>開發板的答案與 TFLite Micro 的位元組不同：{2} 個輸入中有 {1} 個。</translation>
        </message>
        <message>
            <source>The board at {1} did not restart: it has not taken the whole file.</source>
            <translation>{1} 的開發板沒有重新啟動：它沒有收下整個檔案。</translation>
        </message>
        <message>
            <source>The board at {1} does not answer ({2}).</source>
            <translation>{1} 的開發板沒有回應（{2}）。</translation>
        </message>
        <message>
            <source>The board at {1} runs firmware, and its boot loader does not listen.</source>
            <translation>{1} 的開發板正在執行韌體，開機載入程式沒有在聽。</translation>
        </message>
        <message>
            <source>The board at {1} runs other firmware, and its boot loader does not listen.</source>
            <translation>{1} 的開發板正在執行其他韌體，開機載入程式沒有在聽。</translation>
        </message>
        <message>
            <source>The board file {1} is not valid: {2}.</source>
            <translation>開發板檔案 {1} 無效：{2}。</translation>
        </message>
        <message>
            <source>The board refused {1}: {2}.</source>
            <translation>開發板拒絕了 {1}：{2}。</translation>
        </message>
        <message>
            <source>The board runs other firmware (network {1}) than was written (network {2}).</source>
            <translation>開發板上執行的是其他韌體（網路 {1}），不是寫入的那一個（網路 {2}）。</translation>
        </message>
        <message>
            <source>The board runs this firmware already: nothing was written.</source>
            <translation>開發板上已經是這個韌體：沒有寫入任何內容。</translation>
        </message>
        <message>
            <source>The board speaks telemetry version {1}, this program version {2}.</source>
            <translation>開發板的遙測版本是 {1}，這個程式是 {2}。</translation>
        </message>
        <message>
            <source>The board was reset ({1}).</source>
            <translation>開發板重新啟動了（{1:word}）。</translation>
        </message>
        <message>
            <source>The boot loader at {1} answered 0x{2} to the {3}.</source>
            <translation>{1} 的開機載入程式對{3}回應 0x{2}。</translation>
        </message>
        <message>
            <source>The boot loader at {1} cannot name page {2}.</source>
            <translation>{1} 的開機載入程式無法指定第 {2} 頁。</translation>
        </message>
        <message>
            <source>The boot loader at {1} fell silent.</source>
            <translation>{1} 的開機載入程式沒有再回應。</translation>
        </message>
        <message>
            <source>The boot loader at {1} refused the {2}.</source>
            <translation>{1} 的開機載入程式拒絕了{2}。</translation>
        </message>
        <message>
            <source>The calibration set is empty.</source>
            <translation>校準集是空的。</translation>
        </message>
        <message>
            <source>The channels of {1} pairs of layers were balanced; the float answers stay the same.</source>
            <translation>{1} 對層的通道已平衡；浮點答案維持不變。</translation>
        </message>
        <message>
            <source>The chip at {1} did not take what was to be written: {2}.</source>
            <translation>{1} 的晶片沒有接受要寫入的內容：{2}。</translation>
        </message>
        <message>
            <source>The chip at {1} has the product id 0x{2}, which no known board has.</source>
            <translation>{1} 的晶片的產品編號是 0x{2}，沒有任何已知的開發板相符。</translation>
        </message>
        <message>
            <source>The chip at {1} refuses access: its read-out or write protection is on.</source>
            <translation>{1} 的晶片拒絕存取：讀取或寫入保護已開啟。</translation>
        </message>
        <message>
            <source>The chip at {1} refuses access: its read-out protection is on.</source>
            <translation>{1} 的晶片拒絕存取：讀取保護已開啟。</translation>
        </message>
        <message>
            <source>The chip at {1} refuses to show its flash: its read-out protection is on.</source>
            <translation>{1} 的晶片不讓人讀取 Flash：讀取保護已開啟。</translation>
        </message>
        <message>
            <source>The chip does not answer the probe at {1}.</source>
            <translation>晶片沒有回應 {1} 的除錯器。</translation>
        </message>
        <message>
            <source>The chip does not answer the probe at {1}: {2}.</source>
            <translation>晶片沒有回應 {1} 的除錯器：{2}。</translation>
        </message>
        <message>
            <source>The class folder {1} holds no {2}.</source>
            <translation>類別資料夾 {1} 中沒有{2:word}。</translation>
        </message>
        <message>
            <source>The class names in {1} cannot be read: {2}.</source>
            <translation>{1} 中的類別名稱無法讀取：{2}。</translation>
        </message>
        <message>
            <source>The class {1} holds no usable {2}: {3}</source>
            <translation>類別 {1} 沒有可用的{2:word}：{3}</translation>
        </message>
        <message>
            <source>The class {1} is named twice.</source>
            <translation>類別 {1} 重複出現。</translation>
        </message>
        <message>
            <source>The classes are {1}.</source>
            <translation>類別有 {1}。</translation>
        </message>
        <message>
            <source>The clip has {1} bytes, the board takes {2}.</source>
            <translation>片段有 {1} 位元組，開發板接受 {2} 位元組。</translation>
        </message>
        <message>
            <source>The command cannot be carried out: {1}.</source>
            <translation>命令無法執行：{1}。</translation>
        </message>
        <message>
            <source>The comparison failed. {1} {2}</source>
            <translation>比較失敗。{1}{2}</translation>
        </message>
        <message>
            <source>The compiler refused {1}: {2}</source>
            <translation>編譯器拒絕了 {1}：{2}</translation>
        </message>
        <message>
            <source>The connection to {1} was lost.</source>
            <translation>與 {1} 的連線中斷了。</translation>
        </message>
        <message>
            <source>The connection to {1} was lost: {2}.</source>
            <translation>與 {1} 的連線中斷了：{2}。</translation>
        </message>
        <message>
            <source>The copy to {1} broke off: {2}.</source>
            <translation>複製到 {1} 時中斷：{2}。</translation>
        </message>
        <message>
            <source>The data have a class {1} that --classes does not name.</source>
            <translation>資料有類別 {1}，但 --classes 沒有列出。</translation>
        </message>
        <message>
            <source>The data have classes that the model has not ({1}): its last layer will be new.</source>
            <translation>資料有模型沒有的類別（{1}）：它的最後一層會是新的。</translation>
        </message>
        <message>
            <source>The data have no class {1}.</source>
            <translation>資料沒有類別 {1}。</translation>
        </message>
        <message>
            <source>The data hold no sample of {1}.</source>
            <translation>資料沒有 {1} 的樣本。</translation>
        </message>
        <message>
            <source>The data set cannot be read. Choose it again.</source>
            <translation>資料集無法讀取，請重新選擇。</translation>
        </message>
        <message>
            <source>The data settings are not valid TOML: {1}.</source>
            <translation>資料設定不是有效的 TOML：{1}。</translation>
        </message>
        <message>
            <source>The data settings have an unknown key: {1}.</source>
            <translation>資料設定有不認得的鍵：{1}。</translation>
        </message>
        <message>
            <source>The data's classes: {1}.</source>
            <translation>資料的類別：{1}。</translation>
        </message>
        <message>
            <source>The description in {1} is too large.</source>
            <translation>{1} 中的描述太大。</translation>
        </message>
        <message>
            <source>The differences follow no pattern: its weights, or the order of its inputs, are not the same.</source>
            <translation>差異沒有規律：它的權重或輸入順序不同。</translation>
        </message>
        <message>
            <source>The disk of {1} has {2} MB left, the rest of the file has {3} MB.</source>
            <translation>{1} 的磁碟只剩 {2} MB，檔案其餘部分有 {3} MB。</translation>
        </message>
        <message>
            <source>The download from {1} does not go on: {2}.</source>
            <translation>從 {1} 的下載無法繼續：{2}。</translation>
        </message>
        <message>
            <source>The drive {1} has no room for the firmware: its probe may not reach the chip.</source>
            <translation>磁碟 {1} 沒有空間放韌體：它的除錯器可能連不到晶片。</translation>
        </message>
        <message>
            <source>The drive {1} reports a failure: {2}</source>
            <translation>磁碟 {1} 回報失敗：{2}</translation>
        </message>
        <message>
            <source>The drive {1} reports a failure: {2}.</source>
            <translation>磁碟 {1} 回報失敗：{2}。</translation>
        </message>
        <message>
            <source>The drive {1} vanished and did not come back.</source>
            <translation>磁碟 {1} 消失後沒有再出現。</translation>
        </message>
        <message>
            <source>The examples are numbers in one file: how they were made of recordings is not known.</source>
            <translation>範例是同一個檔案裡的數字：不知道它們如何由錄音得出。</translation>
        </message>
        <message>
            <source>The features could not be cached ({1}); training goes on without.</source>
            <translation>特徵無法存入快取（{1}）；訓練照常進行。</translation>
        </message>
        <message>
            <source>The file has a batch of {1}; one is used.</source>
            <translation>檔案的批次是 {1}；使用 1。</translation>
        </message>
        <message>
            <source>The file is quantised: its weights became real numbers, and its ranges are used when it is converted without training.</source>
            <translation>這個檔案已量化：它的權重還原為實數；不訓練就轉換時，會使用它的範圍。</translation>
        </message>
        <message>
            <source>The file is read without these protections: {1}.</source>
            <translation>讀取檔案時沒有這些保護：{1}。</translation>
        </message>
        <message>
            <source>The firmware answers at {1}, not the chip's boot loader.</source>
            <translation>在 {1} 回應的是韌體，不是晶片的開機載入程式。</translation>
        </message>
        <message>
            <source>The firmware answers, and it is the one written.</source>
            <translation>韌體有回應，而且就是剛寫入的那一個。</translation>
        </message>
        <message>
            <source>The firmware does not answer on {1} yet.</source>
            <translation>{1} 上的韌體還沒有回應。</translation>
        </message>
        <message>
            <source>The firmware is for {1}, the board at {2} is {3}.</source>
            <translation>韌體是給 {1} 的，{2} 的開發板是 {3}。</translation>
        </message>
        <message>
            <source>The firmware is for {1}, the chip at {2} is that of {3}.</source>
            <translation>韌體是給 {1} 的，{2} 的晶片屬於 {3}。</translation>
        </message>
        <message>
            <source>The firmware is for {1}, the drive {2} is that of a {3}.</source>
            <translation>韌體是給 {1} 的，磁碟 {2} 屬於 {3}。</translation>
        </message>
        <message>
            <source>The firmware is for {1}, the drive {2} is that of another board (code {3}).</source>
            <translation>韌體是給 {1} 的，磁碟 {2} 屬於另一塊開發板（代碼 {3}）。</translation>
        </message>
        <message>
            <source>The firmware on the board cannot send what its layers compute.</source>
            <translation>開發板上的韌體無法送出各層的計算結果。</translation>
        </message>
        <message>
            <source>The firmware on the board makes no features of raw samples.</source>
            <translation>開發板上的韌體不會由原始樣本計算特徵。</translation>
        </message>
        <message>
            <source>The firmware stopped with a {1}{2}.</source>
            <translation>韌體停止了（{1}{2}）。</translation>
        </message>
        <message>
            <source>The firmware stopped with a {1}{2}: {3}.</source>
            <translation>韌體停止了（{1}{2}）：{3}。</translation>
        </message>
        <message>
            <source>The first axis counts the samples.</source>
            <translation>第一軸是樣本。</translation>
        </message>
        <message>
            <source>The first axis counts the samples; channels come last.</source>
            <translation>第一軸是樣本；通道在最後。</translation>
        </message>
        <message>
            <source>The flash at 0x{1} holds 0x{2} instead of 0x{3}.</source>
            <translation>Flash 位址 0x{1} 的內容是 0x{2}，不是 0x{3}。</translation>
        </message>
        <message>
            <source>The folder {1} cannot be made: {2}.</source>
            <translation>無法建立資料夾 {1}：{2}。</translation>
        </message>
        <message>
            <source>The folder {1} holds no {2} ({3}).</source>
            <translation>資料夾 {1} 中沒有{2:word}（{3}）。</translation>
        </message>
        <message>
            <source>The folder {1} holds only one class, {2}.</source>
            <translation>資料夾 {1} 中只有一個類別 {2}。</translation>
        </message>
        <message>
            <source>The folder {1} holds {2} files but no class folders.</source>
            <translation>資料夾 {1} 中有 {2} 個檔案，但沒有類別資料夾。</translation>
        </message>
        <message>
            <source>The format {1} carries no front-end.</source>
            <translation>格式 {1} 不含前處理。</translation>
        </message>
        <message>
            <source>The generated C could not be compiled for this computer.</source>
            <translation>產生的 C 無法在這台電腦上編譯。</translation>
        </message>
        <message>
            <source>The generated C ended by a fault on this computer (code {1}).</source>
            <translation>產生的 C 在這台電腦上因錯誤而結束（代碼 {1}）。</translation>
        </message>
        <message>
            <source>The generated C wrote outside its arena on this computer (code {1}).</source>
            <translation>產生的 C 在這台電腦上寫出了張量區之外（代碼 {1}）。</translation>
        </message>
        <message>
            <source>The input has {1} bytes, the firmware on the board takes {2}.</source>
            <translation>輸入有 {1} 位元組，開發板上的韌體接受 {2} 位元組。</translation>
        </message>
        <message>
            <source>The input size {1} is a guess: a file of weights does not say it.</source>
            <translation>輸入大小 {1} 是猜測：權重檔案沒有說明。</translation>
        </message>
        <message>
            <source>The journal of the search cannot be used: {1}.</source>
            <translation>搜尋的紀錄檔無法使用：{1}。</translation>
        </message>
        <message>
            <source>The last layer ({1}) is new: it had {2} outputs, the data have {3} classes.</source>
            <translation>最後一層（{1}）是新的：原有 {2} 個輸出，資料有 {3} 個類別。</translation>
        </message>
        <message>
            <source>The last layer has learned nothing yet: train the network, or remove its softmax.</source>
            <translation>最後一層還沒有學到東西：請訓練網路，或移除它的 softmax。</translation>
        </message>
        <message>
            <source>The linked image has no boot block.</source>
            <translation>連結後的映像沒有開機區塊。</translation>
        </message>
        <message>
            <source>The linked image is empty.</source>
            <translation>連結後的映像是空的。</translation>
        </message>
        <message>
            <source>The linker refused the firmware: {1}</source>
            <translation>連結器拒絕了這個韌體：{1}</translation>
        </message>
        <message>
            <source>The loss is no longer a number at batch {1} of {2}.</source>
            <translation>在第 {1} 批（共 {2} 批），損失不再是數字。</translation>
        </message>
        <message>
            <source>The mean</source>
            <translation>平均</translation>
        </message>
        <message>
            <source>The microphone brings nothing.</source>
            <translation>麥克風沒有送來聲音。</translation>
        </message>
        <message>
            <source>The microphone cannot be opened: {1}.</source>
            <translation>無法開啟麥克風：{1}。</translation>
        </message>
        <message>
            <source>The microphone needs the library PortAudio, which is not installed.</source>
            <translation>麥克風需要程式庫 PortAudio，但尚未安裝。</translation>
        </message>
        <message>
            <source>The microphone needs the package sounddevice, which is not installed.</source>
            <translation>麥克風需要套件 sounddevice，但尚未安裝。</translation>
        </message>
        <message>
            <source>The microphone was unplugged.</source>
            <translation>麥克風被拔下了。</translation>
        </message>
        <message>
            <source>The network calls {1}, which cannot be stored.</source>
            <translation>網路呼叫了 {1}，它無法儲存。</translation>
        </message>
        <message>
            <source>The network came with its ranges, so its weights and biases stay as they are.</source>
            <translation>網路自帶範圍，因此權重與偏差維持原樣。</translation>
        </message>
        <message>
            <source>The network has no class {1} and {2} more, but the data do.</source>
            <translation>網路沒有類別 {1} 與另外 {2} 個，但資料有。</translation>
        </message>
        <message>
            <source>The network has no class {1}, but the data do.</source>
            <translation>網路沒有類別 {1}，但資料有。</translation>
        </message>
        <message>
            <source>The network has {1} outputs, the data have {2} classes.</source>
            <translation>網路有 {1} 個輸出，資料有 {2} 個類別。</translation>
        </message>
        <message>
            <source>The network takes {1}, {2} gives {3}.</source>
            <translation>網路接受 {1}，{2} 給出 {3}。</translation>
        </message>
        <message>
            <source>The network {1} does not suit this task or any board.</source>
            <translation>網路 {1} 不適合這個任務或任何開發板。</translation>
        </message>
        <message>
            <source>The network {1} needs pictures or spectra, but one input here has shape {2}.</source>
            <translation>網路 {1} 需要圖片或頻譜，但這裡的一個輸入形狀是 {2}。</translation>
        </message>
        <message>
            <source>The network's input or output {1} is a constant.</source>
            <translation>網路的輸入或輸出 {1} 是常數。</translation>
        </message>
        <message>
            <source>The operations of this network cannot be followed, because it decides by values.</source>
            <translation>這個網路的運算無法追蹤，因為它會依數值決定走向。</translation>
        </message>
        <message>
            <source>The order of channels</source>
            <translation>通道順序</translation>
        </message>
        <message>
            <source>The order of channels is for inputs of 3 channels; this one has {1}.</source>
            <translation>通道順序用於 3 個通道的輸入；這個有 {1} 個。</translation>
        </message>
        <message>
            <source>The output {1} is a flattened image, whose order would change.</source>
            <translation>輸出 {1} 是攤平的影像，順序會改變。</translation>
        </message>
        <message>
            <source>The port {1} cannot be opened: {2}.</source>
            <translation>序列埠 {1} 無法開啟：{2}。</translation>
        </message>
        <message>
            <source>The port {1} is in use by another program.</source>
            <translation>序列埠 {1} 正由另一個程式使用。</translation>
        </message>
        <message>
            <source>The port {1} is in use by {2}.</source>
            <translation>序列埠 {1} 正由 {2} 使用。</translation>
        </message>
        <message>
            <source>The probe at {1} was unplugged.</source>
            <translation>{1} 的除錯器被拔下了。</translation>
        </message>
        <message>
            <source>The program on the board is incomplete and does not start; flash again to complete it.</source>
            <translation>開發板上的程式不完整，無法啟動；請再燒錄一次以補完。</translation>
        </message>
        <message>
            <source>The program on the board is incomplete.</source>
            <translation>開發板上的程式不完整。</translation>
        </message>
        <message>
            <source>The program on the board is written but not compared; flash again to be sure of it.</source>
            <translation>開發板上的程式已寫入但尚未比對；請再燒錄一次以確認。</translation>
        </message>
        <message>
            <source>The project could not be saved: {1}.</source>
            <translation>專案無法儲存：{1}。</translation>
        </message>
        <message>
            <source>The project folder could not be made: {1}.</source>
            <translation>無法建立專案資料夾：{1}。</translation>
        </message>
        <message>
            <source>The project has lost what was read from {1} (its folder model/imported).</source>
            <translation>專案遺失了從 {1} 讀取的內容（它的資料夾 model/imported）。</translation>
        </message>
        <message>
            <source>The project {1} is being saved by another window or command.</source>
            <translation>專案 {1} 正由另一個視窗或命令儲存。</translation>
        </message>
        <message>
            <source>The protocol {1} carries no raw samples.</source>
            <translation>通訊協定 {1} 不傳送原始樣本。</translation>
        </message>
        <message>
            <source>The pruning ratio is {1}, but must lie between 0 and 0.9: more would leave layers empty.</source>
            <translation>剪枝比例是 {1}，但必須介於 0 與 0.9 之間：再多就會有空的層。</translation>
        </message>
        <message>
            <source>The quantisation step is missing, but boards compute with whole numbers: the usual settings were used ({1} samples, {2} ranges).</source>
            <translation>缺少量化步驟，但開發板以整數計算：已使用一般設定（{1} 個樣本，{2} 範圍）。</translation>
        </message>
        <message>
            <source>The quantisation step is switched off, but boards compute with whole numbers: the usual settings were used ({1} samples, {2} ranges).</source>
            <translation>量化步驟已關閉，但開發板以整數計算：已使用一般設定（{1} 個樣本，{2} 範圍）。</translation>
        </message>
        <message>
            <source>The quantiser refused the network: {1}.</source>
            <translation>量化程式拒絕了這個網路：{1}。</translation>
        </message>
        <message>
            <source>The ranges cannot be frozen after {1} of the training.</source>
            <translation>無法在訓練進行 {1} 之後凍結範圍。</translation>
        </message>
        <message>
            <source>The ranges of this project's network cannot be read.</source>
            <translation>這個專案的網路範圍無法讀取。</translation>
        </message>
        <message>
            <source>The recipe converts to whole numbers twice: remove one of the two steps.</source>
            <translation>配方轉換成整數兩次：請移除兩個步驟之一。</translation>
        </message>
        <message>
            <source>The recipe gives 16 bits to a layer {1}, but there is none with weights.</source>
            <translation>配方給層 {1} 16 位元，但沒有這個名稱的有權重的層。</translation>
        </message>
        <message>
            <source>The recipe has an unknown key: {1}.</source>
            <translation>配方有不認得的鍵：{1}。</translation>
        </message>
        <message>
            <source>The recipe has no step that is on.</source>
            <translation>配方沒有開啟的步驟。</translation>
        </message>
        <message>
            <source>The recipe has no step {1}.</source>
            <translation>配方沒有步驟 {1}。</translation>
        </message>
        <message>
            <source>The recipe has no training step.</source>
            <translation>配方中沒有訓練步驟。</translation>
        </message>
        <message>
            <source>The recipe is not valid TOML: {1}.</source>
            <translation>配方不是有效的 TOML：{1}。</translation>
        </message>
        <message>
            <source>The recipe now gives them 16 bits; run the project again.</source>
            <translation>配方現在給它們 16 位元；請再執行一次專案。</translation>
        </message>
        <message>
            <source>The recipe stays as it was.</source>
            <translation>配方維持原樣。</translation>
        </message>
        <message>
            <source>The recipe's steps must be [[step]] tables.</source>
            <translation>配方的步驟必須是 [[step]] 表格。</translation>
        </message>
        <message>
            <source>The report could not be written to {1}: a part of its path is a file, not a folder.</source>
            <translation>報告無法寫入 {1}：路徑的一部分是檔案，不是資料夾。</translation>
        </message>
        <message>
            <source>The report could not be written to {1}: {2}.</source>
            <translation>報告無法寫入 {1}：{2}。</translation>
        </message>
        <message>
            <source>The result of '{1}' could not be written: {2}.</source>
            <translation>「{1:word}」的結果無法寫入：{2}。</translation>
        </message>
        <message>
            <source>The scale</source>
            <translation>縮放</translation>
        </message>
        <message>
            <source>The search chooses by that figure: add such samples.</source>
            <translation>搜尋以這個數字挑選：請加入這類樣本。</translation>
        </message>
        <message>
            <source>The search has no candidate {1}.</source>
            <translation>這次搜尋沒有 {1} 號候選。</translation>
        </message>
        <message>
            <source>The softmax at the end is left off; conversion adds it again.</source>
            <translation>結尾的 softmax 不使用；轉換時會再加上。</translation>
        </message>
        <message>
            <source>The sources of CMSIS-NN are not installed here.</source>
            <translation>這裡沒有安裝 CMSIS-NN 的原始碼。</translation>
        </message>
        <message>
            <source>The state after epoch {1} could not be saved ({2}); training goes on.</source>
            <translation>第 {1} 輪之後的狀態無法儲存（{2}）；訓練繼續進行。</translation>
        </message>
        <message>
            <source>The step {1} comes after the conversion to whole numbers, which cannot be changed any more: move quantize to the end.</source>
            <translation>步驟 {1} 在轉換成整數之後，那時已無法再更改：請把 quantize 移到最後。</translation>
        </message>
        <message>
            <source>The step {1} needs a data set, and this project has none: remove the step.</source>
            <translation>步驟 {1} 需要資料集，但這個專案沒有：請移除這個步驟。</translation>
        </message>
        <message>
            <source>The step {1} needs a trained network: put train or distill before it.</source>
            <translation>步驟 {1} 需要訓練過的網路：請在它之前放 train 或 distill。</translation>
        </message>
        <message>
            <source>The stored network cannot be read: {1}.</source>
            <translation>儲存的網路無法讀取：{1}。</translation>
        </message>
        <message>
            <source>The supply at the chip is too low.</source>
            <translation>晶片的供電電壓太低。</translation>
        </message>
        <message>
            <source>The supply at the chip is {1} V, too low to program it.</source>
            <translation>晶片的供電電壓是 {1} V，太低而無法燒錄。</translation>
        </message>
        <message>
            <source>The tables hold {1} rows; a spectrum needs {2}.</source>
            <translation>表格有 {1} 列；一個頻譜需要 {2} 列。</translation>
        </message>
        <message>
            <source>The target pack of the {1} could not be downloaded: no connection, or no such pack.</source>
            <translation>{1} 的晶片支援套件無法下載：沒有連線，或沒有這個套件。</translation>
        </message>
        <message>
            <source>The target pack of the {1} is here now.</source>
            <translation>{1} 的晶片支援套件已經裝好。</translation>
        </message>
        <message>
            <source>The task</source>
            <translation>任務</translation>
        </message>
        <message>
            <source>The task is not named.</source>
            <translation>沒有指定任務。</translation>
        </message>
        <message>
            <source>The teacher cannot take inputs of {1}.</source>
            <translation>教師無法接受 {1} 的輸入。</translation>
        </message>
        <message>
            <source>The teacher gives {1} outputs, but the network here gives {2}.</source>
            <translation>教師有 {1} 個輸出，但這裡的網路有 {2} 個。</translation>
        </message>
        <message>
            <source>The teacher {1} is trained first; its result is kept for later.</source>
            <translation>先訓練教師 {1}；結果會保留供之後使用。</translation>
        </message>
        <message>
            <source>The teacher {1} may hold code that runs when the file is read.</source>
            <translation>教師 {1} 可能含有讀取檔案時就會執行的程式碼。</translation>
        </message>
        <message>
            <source>The teacher {1} takes inputs of {2}, the data here are of {3}.</source>
            <translation>教師 {1} 接受 {2} 的輸入，這裡的資料是 {3}。</translation>
        </message>
        <message>
            <source>The tool {1} could not be started: {2}.</source>
            <translation>工具 {1} 無法啟動：{2}。</translation>
        </message>
        <message>
            <source>The tool {1} did not finish within {2} s.</source>
            <translation>工具 {1} 在 {2} 秒內沒有完成。</translation>
        </message>
        <message>
            <source>The tool {1} has not finished within {2} s and still runs as process {3}.</source>
            <translation>工具 {1} 在 {2} 秒內沒有完成，仍以程序 {3} 執行中。</translation>
        </message>
        <message>
            <source>The trained network of this project cannot be read.</source>
            <translation>這個專案訓練過的網路無法讀取。</translation>
        </message>
        <message>
            <source>The training part holds no sample of a normal class ({1}).</source>
            <translation>訓練部分沒有正常類別（{1}）的樣本。</translation>
        </message>
        <message>
            <source>The training part holds no sample of class {1}, so this network cannot learn to tell it.</source>
            <translation>訓練部分沒有類別 {1} 的樣本，因此這個網路無法學會分辨它。</translation>
        </message>
        <message>
            <source>The training set is empty.</source>
            <translation>訓練集是空的。</translation>
        </message>
        <message>
            <source>The values that go into the softmax ({1}) are all nearly the same: 8 bits in steps of {2} tell nothing apart.</source>
            <translation>進入 softmax（{1}）的數值幾乎都相同：以 {2} 為一階的 8 位元分辨不出差別。</translation>
        </message>
        <message>
            <source>The virtual board at {1} does not answer.</source>
            <translation>{1} 的虛擬開發板沒有回應。</translation>
        </message>
        <message>
            <source>The virtual board ended by itself.</source>
            <translation>虛擬開發板自行結束了。</translation>
        </message>
        <message>
            <source>The virtual {1} did not start. {2}</source>
            <translation>虛擬開發板 {1} 沒有啟動。{2}</translation>
        </message>
        <message>
            <source>The {1} at the end ({2}) is left off; training needs scores.</source>
            <translation>結尾的 {1}（{2}）不使用；訓練需要分數。</translation>
        </message>
        <message>
            <source>The {1} has {2} numbers, the samples have {3} channels.</source>
            <translation>{1:word}有 {2} 個數字，樣本有 {3} 個通道。</translation>
        </message>
        <message>
            <source>The {1} of the input is damaged.</source>
            <translation>輸入的 {1} 已損壞。</translation>
        </message>
        <message>
            <source>The {1} part holds no sample of {2}.</source>
            <translation>{1:word}部分沒有 {2} 的樣本。</translation>
        </message>
        <message>
            <source>The {1} process could not be started: {2}.</source>
            <translation>{1:word}程序無法啟動：{2}。</translation>
        </message>
        <message>
            <source>The {1} process did not answer within {2} s.</source>
            <translation>{1:word}程序在 {2} 秒內沒有回應。</translation>
        </message>
        <message>
            <source>The {1} process does not end.</source>
            <translation>{1:word}程序沒有結束。</translation>
        </message>
        <message>
            <source>The {1} process has ended.</source>
            <translation>{1:word}程序已結束。</translation>
        </message>
        <message>
            <source>The {1} {2} is not a number.</source>
            <translation>{1:word} {2} 不是數字。</translation>
        </message>
        <message>
            <source>Then run again.</source>
            <translation>然後再執行一次。</translation>
        </message>
        <message>
            <source>Then search again.</source>
            <translation>然後重新搜尋。</translation>
        </message>
        <message>
            <source>There are no kernels called {1}.</source>
            <translation>沒有名為 {1} 的運算核心。</translation>
        </message>
        <message>
            <source>There are no validation samples to choose by.</source>
            <translation>沒有可用來挑選的驗證樣本。</translation>
        </message>
        <message>
            <source>There are no {1} samples, so nobody can tell how well faults are found.</source>
            <translation>沒有{1:word}樣本，因此無從得知找出故障的能力。</translation>
        </message>
        <message>
            <source>There are only two groups: validation shares one with training.</source>
            <translation>只有兩組：驗證與訓練共用其中一組。</translation>
        </message>
        <message>
            <source>There are only {1} training samples.</source>
            <translation>只有 {1} 個訓練樣本。</translation>
        </message>
        <message>
            <source>There are too few samples to split: {1} would hold none of class {2}.</source>
            <translation>樣本太少，無法劃分：{1:word}部分會沒有類別 {2} 的樣本。</translation>
        </message>
        <message>
            <source>There is no board called {1}.</source>
            <translation>沒有名為 {1} 的開發板。</translation>
        </message>
        <message>
            <source>There is no command called {1}.</source>
            <translation>沒有名為 {1} 的命令。</translation>
        </message>
        <message>
            <source>There is no data at {1}.</source>
            <translation>{1} 沒有資料。</translation>
        </message>
        <message>
            <source>There is no file {1}.</source>
            <translation>沒有檔案 {1}。</translation>
        </message>
        <message>
            <source>There is no folder {1}.</source>
            <translation>沒有資料夾 {1}。</translation>
        </message>
        <message>
            <source>There is no format called {1}.</source>
            <translation>沒有名為 {1} 的格式。</translation>
        </message>
        <message>
            <source>There is no front-end called {1}.</source>
            <translation>沒有名為 {1} 的前處理。</translation>
        </message>
        <message>
            <source>There is no kernel family called {1}.</source>
            <translation>沒有名為 {1} 的運算核心系列。</translation>
        </message>
        <message>
            <source>There is no model at {1}.</source>
            <translation>{1} 沒有模型。</translation>
        </message>
        <message>
            <source>There is no network called {1}.</source>
            <translation>沒有名為 {1} 的網路。</translation>
        </message>
        <message>
            <source>There is no network {1}.</source>
            <translation>沒有網路 {1}。</translation>
        </message>
        <message>
            <source>There is no place {1} in a recipe of {2} steps.</source>
            <translation>在有 {2} 個步驟的配方中沒有位置 {1}。</translation>
        </message>
        <message>
            <source>There is no port {1}.</source>
            <translation>沒有序列埠 {1}。</translation>
        </message>
        <message>
            <source>There is no probe called {1}.</source>
            <translation>沒有名為 {1} 的除錯器。</translation>
        </message>
        <message>
            <source>There is no protocol called {1}.</source>
            <translation>沒有名為 {1} 的通訊協定。</translation>
        </message>
        <message>
            <source>There is no step of the kind {1}.</source>
            <translation>沒有種類為 {1} 的步驟。</translation>
        </message>
        <message>
            <source>There is no task called {1}.</source>
            <translation>沒有名為 {1} 的任務。</translation>
        </message>
        <message>
            <source>There is no teacher {1}: it is neither a file nor a network of the zoo.</source>
            <translation>沒有教師 {1}：它不是檔案，也不是內建的網路。</translation>
        </message>
        <message>
            <source>There is no toolchain called {1}.</source>
            <translation>沒有名為 {1} 的工具鏈。</translation>
        </message>
        <message>
            <source>There is nothing to download called {1}.</source>
            <translation>沒有名為 {1} 的可下載項目。</translation>
        </message>
        <message>
            <source>There must be one round.</source>
            <translation>至少要有一輪。</translation>
        </message>
        <message>
            <source>Thimble has no equal for it.</source>
            <translation>Thimble 沒有對應的運算。</translation>
        </message>
        <message>
            <source>Thimble made a mistake: {1}: {2}</source>
            <translation>Thimble 出錯了：{1}：{2}</translation>
        </message>
        <message>
            <source>Thimble's list of downloads cannot be read: {1}.</source>
            <translation>Thimble 的下載清單無法讀取：{1}。</translation>
        </message>
        <message>
            <source>Thimble's list of downloads is wrong at {1}.</source>
            <translation>Thimble 的下載清單在 {1} 有錯。</translation>
        </message>
        <message>
            <source>Thimble's own data files</source>
            <translation>Thimble 的資料檔案</translation>
        </message>
        <message>
            <source>Thimble's own data files are missing.</source>
            <translation>缺少 Thimble 的資料檔案。</translation>
        </message>
        <message>
            <source>This OpenOCD is too old for {1}.</source>
            <translation>這個 OpenOCD 太舊，無法用於 {1}。</translation>
        </message>
        <message>
            <source>This is a fault of Thimble or of its installation; run: thimble-cli doctor</source>
            <translation>這是 Thimble 或其安裝的錯誤；請執行：thimble-cli doctor</translation>
        </message>
        <message>
            <source>This is a fault of Thimble: please report it with the model.</source>
            <translation>這是 Thimble 的錯誤：請連同模型一起回報。</translation>
        </message>
        <message>
            <source>This is not a TFLite file.</source>
            <translation>這不是 TFLite 檔案。</translation>
        </message>
        <message>
            <source>This model is not fed with sound.</source>
            <translation>這個模型的輸入不是聲音。</translation>
        </message>
        <message>
            <source>This network's filters cannot be removed: some of its layers are joined in a way that the pruner cannot follow.</source>
            <translation>這個網路的濾波器無法移除：有些層的連接方式是剪枝程式無法追蹤的。</translation>
        </message>
        <message>
            <source>This project has no examples.</source>
            <translation>這個專案沒有範例。</translation>
        </message>
        <message>
            <source>This project has no stage called {1}.</source>
            <translation>這個專案沒有名為 {1} 的階段。</translation>
        </message>
        <message>
            <source>This project's network comes from a file.</source>
            <translation>這個專案的網路來自檔案。</translation>
        </message>
        <message>
            <source>Too much RAM</source>
            <translation>RAM 用太多</translation>
        </message>
        <message>
            <source>Too much flash</source>
            <translation>Flash 用太多</translation>
        </message>
        <message>
            <source>Too slow</source>
            <translation>太慢</translation>
        </message>
        <message>
            <source>Train</source>
            <translation>訓練</translation>
        </message>
        <message>
            <source>Train again with a lower learning rate, or check the calibration data.</source>
            <translation>請以較低的學習率重新訓練，或檢查校準資料。</translation>
        </message>
        <message>
            <source>Train with 8-bit roundings</source>
            <translation>以 8 位元捨入訓練</translation>
        </message>
        <message>
            <source>Training needs two or more.</source>
            <translation>訓練需要兩個以上。</translation>
        </message>
        <message>
            <source>Training on {1}.</source>
            <translation>在 {1} 上訓練。</translation>
        </message>
        <message>
            <source>Trust files with code only from authors you know.</source>
            <translation>含程式碼的檔案，只信任你認識的作者。</translation>
        </message>
        <message>
            <source>Unknown range method: {1}.</source>
            <translation>不認得的範圍方法：{1}。</translation>
        </message>
        <message>
            <source>Unpacking {1}</source>
            <translation>正在解開 {1}</translation>
        </message>
        <message>
            <source>Unplug it, hold BOOTSEL while you plug it in, then flash again. Until then it starts nothing.</source>
            <translation>請拔下它，按住 BOOTSEL 再接上，然後再燒錄一次。在那之前它不會啟動任何程式。</translation>
        </message>
        <message>
            <source>Unplug the board, plug it in again, then flash again.</source>
            <translation>請拔下開發板，重新接上，然後再燒錄一次。</translation>
        </message>
        <message>
            <source>Update Thimble.</source>
            <translation>請更新 Thimble。</translation>
        </message>
        <message>
            <source>Update the ST-LINK's own firmware with STM32CubeProgrammer, or use a probe link.</source>
            <translation>請用 STM32CubeProgrammer 更新 ST-LINK 本身的韌體，或改用除錯器連線。</translation>
        </message>
        <message>
            <source>Use --optimise speed or size.</source>
            <translation>請使用 --optimise speed 或 size。</translation>
        </message>
        <message>
            <source>Use 1-D or 2-D layers.</source>
            <translation>請使用一維或二維的層。</translation>
        </message>
        <message>
            <source>Use 2 samples or more.</source>
            <translation>請使用 2 個以上的樣本。</translation>
        </message>
        <message>
            <source>Use 4, or 1 for no rounding.</source>
            <translation>請用 4，或用 1 表示不取整。</translation>
        </message>
        <message>
            <source>Use Keras's defaults: activation='tanh' and recurrent_activation='sigmoid'.</source>
            <translation>請使用 Keras 的預設值：activation='tanh' 與 recurrent_activation='sigmoid'。</translation>
        </message>
        <message>
            <source>Use ReLU, ReLU6 or hard-swish, and train for a few epochs more.</source>
            <translation>請使用 ReLU、ReLU6 或 hard-swish，再多訓練幾輪。</translation>
        </message>
        <message>
            <source>Use [[step]].</source>
            <translation>請使用 [[step]]。</translation>
        </message>
        <message>
            <source>Use activation='tanh', Keras's default, or 'relu'.</source>
            <translation>請使用 activation='tanh'（Keras 的預設值）或 'relu'。</translation>
        </message>
        <message>
            <source>Use another link.</source>
            <translation>請使用另一種連線方式。</translation>
        </message>
        <message>
            <source>Use auto, off or 2 to 64.</source>
            <translation>請使用 auto、off 或 2 到 64。</translation>
        </message>
        <message>
            <source>Use batch normalisation: it costs nothing, for it is merged into the layer in front.</source>
            <translation>請使用批次正規化：它不花成本，因為會併入前面的層。</translation>
        </message>
        <message>
            <source>Use channels_last.</source>
            <translation>請使用 channels_last。</translation>
        </message>
        <message>
            <source>Use convolutions or pooling instead of attention.</source>
            <translation>請使用卷積或池化代替注意力。</translation>
        </message>
        <message>
            <source>Use convolutions or pooling: attention needs operators that chips have no kernel for.</source>
            <translation>請使用卷積或池化：注意力需要晶片沒有運算核心的運算子。</translation>
        </message>
        <message>
            <source>Use fixed weights and sizes.</source>
            <translation>請使用固定的權重與大小。</translation>
        </message>
        <message>
            <source>Use global pooling.</source>
            <translation>請使用全域池化。</translation>
        </message>
        <message>
            <source>Use interpolation='nearest'.</source>
            <translation>請使用 interpolation='nearest'。</translation>
        </message>
        <message>
            <source>Use it as a finished model, or import the network it was made of.</source>
            <translation>請當作已完成的模型使用，或匯入產生它的網路。</translation>
        </message>
        <message>
            <source>Use merge_mode='concat', 'sum', 'mul' or 'ave'.</source>
            <translation>請使用 merge_mode='concat'、'sum'、'mul' 或 'ave'。</translation>
        </message>
        <message>
            <source>Use nn.ConvTranspose2d with plain padding.</source>
            <translation>請使用一般填充的 nn.ConvTranspose2d。</translation>
        </message>
        <message>
            <source>Use nn.LSTM or nn.GRU with bidirectional=False and proj_size=0.</source>
            <translation>請使用 nn.LSTM 或 nn.GRU，設定 bidirectional=False 與 proj_size=0。</translation>
        </message>
        <message>
            <source>Use nn.Linear.</source>
            <translation>請使用 nn.Linear。</translation>
        </message>
        <message>
            <source>Use nn.Upsample with a whole factor and mode nearest.</source>
            <translation>請使用倍數為整數、模式為 nearest 的 nn.Upsample。</translation>
        </message>
        <message>
            <source>Use nn.Upsample with a whole factor.</source>
            <translation>請使用倍數為整數的 nn.Upsample。</translation>
        </message>
        <message>
            <source>Use numbers with a decimal point, separated by commas.</source>
            <translation>請使用小數點的數字，以逗號分隔。</translation>
        </message>
        <message>
            <source>Use one of the two.</source>
            <translation>請使用兩者之一。</translation>
        </message>
        <message>
            <source>Use plain average pooling.</source>
            <translation>請使用一般的平均池化。</translation>
        </message>
        <message>
            <source>Use reset_after=True in Keras, or nn.GRU.</source>
            <translation>請在 Keras 使用 reset_after=True，或使用 nn.GRU。</translation>
        </message>
        <message>
            <source>Use sigmoid and tanh.</source>
            <translation>請使用 sigmoid 與 tanh。</translation>
        </message>
        <message>
            <source>Use {1}.</source>
            <translation>請使用 {1}。</translation>
        </message>
        <message>
            <source>Usual are 0.3 and 4.</source>
            <translation>常用的是 0.3 與 4。</translation>
        </message>
        <message>
            <source>Variable {1} is used with {2} and with {3} bytes.</source>
            <translation>變數 {1} 同時以 {2} 與 {3} 位元組使用。</translation>
        </message>
        <message>
            <source>Verify it, then try again.</source>
            <translation>請先驗證，然後再試一次。</translation>
        </message>
        <message>
            <source>Wait for it, or cancel it.</source>
            <translation>請等待它完成，或取消它。</translation>
        </message>
        <message>
            <source>Weights that the file holds as whole numbers became real numbers.</source>
            <translation>檔案中以整數儲存的權重已還原為實數。</translation>
        </message>
        <message>
            <source>What is known about the imported model cannot be read.</source>
            <translation>匯入模型的相關資訊無法讀取。</translation>
        </message>
        <message>
            <source>What the teacher is worth cannot be told: a training was stopped early.</source>
            <translation>無法得知教師有多少幫助：有一次訓練提前停止了。</translation>
        </message>
        <message>
            <source>What was finished before is kept.</source>
            <translation>先前完成的部分會保留。</translation>
        </message>
        <message>
            <source>What was read back from the chip at {1} differs from what was written.</source>
            <translation>從 {1} 的晶片讀回的內容與寫入的不同。</translation>
        </message>
        <message>
            <source>Where the firmware of the board at {1} is heard is not known.</source>
            <translation>不知道 {1} 的開發板上的韌體要從哪裡接收訊息。</translation>
        </message>
        <message>
            <source>Window: it has {1} and should have {2}.</source>
            <translation>窗口：它有 {1}，應有 {2}。</translation>
        </message>
        <message>
            <source>Window: {1} is {2} and should be {3}.</source>
            <translation>窗口：{1} 是 {2}，應為 {3}。</translation>
        </message>
        <message>
            <source>With the teacher {1}, after the same training without one {2} ({3} points).</source>
            <translation>有教師時 {1}，沒有教師的相同訓練後 {2}（{3} 個百分點）。</translation>
        </message>
        <message>
            <source>With the teacher {1}, after the same training without one {2}: the teacher costs {3} points. Switch this step off, or double its epochs: being taught takes longer.</source>
            <translation>有教師時 {1}，沒有教師的相同訓練後 {2}：教師反而少了 {3} 個百分點。請關閉這個步驟，或把輪數加倍：向教師學習需要更久。</translation>
        </message>
        <message>
            <source>Without a connection: on another computer, download {1} from keil.arm.com/packs, and put the .pack file into {2}.</source>
            <translation>沒有連線時：請在另一台電腦從 keil.arm.com/packs 下載 {1}，再把 .pack 檔案放到 {2}。</translation>
        </message>
        <message>
            <source>Without a data set, weights and biases stay as they are.</source>
            <translation>沒有資料集時，權重與偏差維持原樣。</translation>
        </message>
        <message>
            <source>Without examples nobody knows how long a record of vibration is.</source>
            <translation>沒有範例就無從得知一筆振動紀錄有多長。</translation>
        </message>
        <message>
            <source>Write for example ratio=0.4.</source>
            <translation>例如寫 ratio=0.4。</translation>
        </message>
        <message>
            <source>Write it as a dense layer or a convolution.</source>
            <translation>請寫成全連接層或卷積。</translation>
        </message>
        <message>
            <source>Write it as a product and a sum, or as a dense layer.</source>
            <translation>請寫成乘積與總和，或全連接層。</translation>
        </message>
        <message>
            <source>Write it to the board</source>
            <translation>寫入開發板</translation>
        </message>
        <message>
            <source>Write it with Keras's own layers: a Lambda holds code, which is never run here.</source>
            <translation>請用 Keras 自己的層來寫：Lambda 含有程式碼，這裡從不執行。</translation>
        </message>
        <message>
            <source>Write it with numpy.savez(path, **arrays), by these names: {1}.</source>
            <translation>請以 numpy.savez(path, **arrays) 寫入，使用這些名稱：{1}。</translation>
        </message>
        <message>
            <source>Write it with numpy.savez(path, {1}).</source>
            <translation>請以 numpy.savez(path, {1}) 寫入。</translation>
        </message>
        <message>
            <source>Write names with commas between: yes,no,stop</source>
            <translation>請以逗號分隔名稱：yes,no,stop</translation>
        </message>
        <message>
            <source>Write numbers, then the label, separated by commas.</source>
            <translation>請先寫數字，再寫標籤，以逗號分隔。</translation>
        </message>
        <message>
            <source>Write one name a line, in the order of the network's outputs.</source>
            <translation>請依網路輸出的順序，每行寫一個名稱。</translation>
        </message>
        <message>
            <source>Write one number, a fraction such as 1/255, or one number per channel: 0.5,0.5,0.5</source>
            <translation>請寫一個數字、分數（例如 1/255），或每個通道一個數字：0.5,0.5,0.5</translation>
        </message>
        <message>
            <source>Write {1} there.</source>
            <translation>請在那裡寫入 {1}。</translation>
        </message>
        <message>
            <source>Written out as {1} steps of dense layers.</source>
            <translation>展開為 {1} 步全連接層。</translation>
        </message>
        <message>
            <source>You may not open it.</source>
            <translation>你沒有開啟它的權限。</translation>
        </message>
        <message>
            <source>You may not open the board at {1}.</source>
            <translation>你沒有開啟 {1} 的開發板的權限。</translation>
        </message>
        <message>
            <source>You may not open the port {1}.</source>
            <translation>你沒有開啟序列埠 {1} 的權限。</translation>
        </message>
        <message>
            <source>You may not open the probe at {1}.</source>
            <translation>你沒有開啟 {1} 的除錯器的權限。</translation>
        </message>
        <message>
            <source>You may not open {1}.</source>
            <translation>你沒有開啟 {1} 的權限。</translation>
        </message>
        <message>
            <source>You may not write to the drive {1}.</source>
            <translation>你沒有寫入磁碟 {1} 的權限。</translation>
        </message>
        <message>
            <source>Zero point or offset: all its elements are off by the same {1} quanta.</source>
            <translation>零點或位移：所有元素都偏差相同的 {1} 級。</translation>
        </message>
        <message>
            <source>Zero point or offset: all its elements are off by the same {1}.</source>
            <translation>零點或位移：所有元素都偏差相同的 {1}。</translation>
        </message>
        <message>
            <source>Zero point: it is {1} and should be {2}.</source>
            <translation>零點：它是 {1}，應為 {2}。</translation>
        </message>
        <message>
            <source>[Errno {1}] Connection refused</source>
            <translation>連線被拒絕（錯誤 {1}）</translation>
        </message>
        <message>
            <source>[Errno {1}] File exists: {2}</source>
            <translation>檔案已存在（錯誤 {1}）：{2}</translation>
        </message>
        <message>
            <source>[Errno {1}] No such file or directory: {2}</source>
            <translation>沒有這個檔案或資料夾（錯誤 {1}）：{2}</translation>
        </message>
        <message>
            <source>[Errno {1}] Permission denied: {2}</source>
            <translation>權限不足（錯誤 {1}）：{2}</translation>
        </message>
        <message>
            <source>a Keras model</source>
            <translation> Keras 模型</translation>
        </message>
        <message>
            <source>a PyTorch checkpoint</source>
            <translation> PyTorch 檢查點</translation>
        </message>
        <message>
            <source>a cell scale out of range</source>
            <translation>單元比例超出範圍</translation>
        </message>
        <message>
            <source>a cell scale that is no power of two</source>
            <translation>單元比例不是二的次方</translation>
        </message>
        <message>
            <source>a computed tensor there</source>
            <translation>那裡應為計算出來的張量</translation>
        </message>
        <message>
            <source>a constant slope</source>
            <translation>固定的斜率</translation>
        </message>
        <message>
            <source>a constant there</source>
            <translation>那裡應為常數</translation>
        </message>
        <message>
            <source>a division by zero</source>
            <translation>除以零</translation>
        </message>
        <message>
            <source>a finite number</source>
            <translation>有限的數字</translation>
        </message>
        <message>
            <source>a floating-point instruction, and the unit is off</source>
            <translation>執行浮點指令，但浮點單元已關閉</translation>
        </message>
        <message>
            <source>a fused activation</source>
            <translation>合併的激活函數</translation>
        </message>
        <message>
            <source>a jump to an address that is no Thumb code</source>
            <translation>跳到不是 Thumb 程式碼的位址</translation>
        </message>
        <message>
            <source>a jump to where no code may run</source>
            <translation>跳到不可執行程式碼的地方</translation>
        </message>
        <message>
            <source>a jump to where there is no memory</source>
            <translation>跳到沒有記憶體的地方</translation>
        </message>
        <message>
            <source>a maximum over height and width, x.amax((2, 3))</source>
            <translation>對高與寬取最大值，x.amax((2, 3))</translation>
        </message>
        <message>
            <source>a mean over named axes, such as x.mean((2, 3))</source>
            <translation>對指定的軸取平均，例如 x.mean((2, 3))</translation>
        </message>
        <message>
            <source>a mismatch: {1}</source>
            <translation>不相符：{1}</translation>
        </message>
        <message>
            <source>a negative padding</source>
            <translation>負的填充</translation>
        </message>
        <message>
            <source>a new axis</source>
            <translation>新的軸</translation>
        </message>
        <message>
            <source>a part in order, or x.flip(1)</source>
            <translation>依序取一部分，或 x.flip(1)</translation>
        </message>
        <message>
            <source>a softmax over the classes</source>
            <translation>對類別的 softmax</translation>
        </message>
        <message>
            <source>a start value that is computed</source>
            <translation>計算出來的起始值</translation>
        </message>
        <message>
            <source>a store where it may not be</source>
            <translation>寫入不可寫入的地方</translation>
        </message>
        <message>
            <source>a stride of 0</source>
            <translation>步幅為 0</translation>
        </message>
        <message>
            <source>a wrong return from an exception</source>
            <translation>從例外返回的方式錯誤</translation>
        </message>
        <message>
            <source>a zero point other than 0</source>
            <translation>零點不是 0</translation>
        </message>
        <message>
            <source>a zero point other than 0 for INT16</source>
            <translation>INT16 的零點不是 0</translation>
        </message>
        <message>
            <source>active</source>
            <translation>已啟用</translation>
        </message>
        <message>
            <source>address space</source>
            <translation>位址空間</translation>
        </message>
        <message>
            <source>alpha is {1} and the temperature {2}: alpha must lie between 0 and 1, and the temperature above 0.</source>
            <translation>alpha 是 {1}，溫度是 {2}：alpha 必須介於 0 與 1 之間，溫度必須大於 0。</translation>
        </message>
        <message>
            <source>an ONNX model</source>
            <translation> ONNX 模型</translation>
        </message>
        <message>
            <source>an access to address 0x{1}, as through a null pointer</source>
            <translation>存取位址 0x{1}，像是經由空指標</translation>
        </message>
        <message>
            <source>an access to address 0x{1}, where there is no memory</source>
            <translation>存取位址 0x{1}，那裡沒有記憶體</translation>
        </message>
        <message>
            <source>an activation other than TANH</source>
            <translation>TANH 以外的激活函數</translation>
        </message>
        <message>
            <source>an ellipsis</source>
            <translation>省略符號</translation>
        </message>
        <message>
            <source>an empty range</source>
            <translation>空的範圍</translation>
        </message>
        <message>
            <source>an instruction that the core does not have</source>
            <translation>核心沒有的指令</translation>
        </message>
        <message>
            <source>an output is not computed</source>
            <translation>有一個輸出沒有計算</translation>
        </message>
        <message>
            <source>an output scale other than 1/32768 for INT16</source>
            <translation>INT16 的輸出比例不是 1/32768</translation>
        </message>
        <message>
            <source>an output zero point of {1}, not {2}</source>
            <translation>輸出零點是 {1}，不是 {2}</translation>
        </message>
        <message>
            <source>an unaligned access</source>
            <translation>未對齊的存取</translation>
        </message>
        <message>
            <source>and</source>
            <translation>與</translation>
        </message>
        <message>
            <source>arm-none-eabi-gcc (second compiler)</source>
            <translation>arm-none-eabi-gcc（第二編譯器）</translation>
        </message>
        <message>
            <source>as many as the scale's {1}</source>
            <translation>與縮放的 {1} 個相同</translation>
        </message>
        <message>
            <source>at most {1}</source>
            <translation>最多 {1}</translation>
        </message>
        <message>
            <source>between 0 and 0.5</source>
            <translation>介於 0 與 0.5 之間</translation>
        </message>
        <message>
            <source>between 0 and 64</source>
            <translation>介於 0 與 64 之間</translation>
        </message>
        <message>
            <source>between 8 and 512 (or 0 for the usual size)</source>
            <translation>介於 8 與 512 之間（0 表示一般大小）</translation>
        </message>
        <message>
            <source>biases</source>
            <translation>偏差</translation>
        </message>
        <message>
            <source>boards in DFU mode</source>
            <translation>DFU 模式的開發板</translation>
        </message>
        <message>
            <source>boards through OpenOCD</source>
            <translation>以 OpenOCD 連接的開發板</translation>
        </message>
        <message>
            <source>boards through probes on USB</source>
            <translation>以 USB 除錯器連接的開發板</translation>
        </message>
        <message>
            <source>boot block</source>
            <translation>開機區塊</translation>
        </message>
        <message>
            <source>bounds 0..6, 0.. and -1..1</source>
            <translation>界限 0..6、0.. 與 -1..1</translation>
        </message>
        <message>
            <source>brown-out</source>
            <translation>電壓過低</translation>
        </message>
        <message>
            <source>cause unknown</source>
            <translation>原因不明</translation>
        </message>
        <message>
            <source>constant bounds</source>
            <translation>固定的界限</translation>
        </message>
        <message>
            <source>constant padding</source>
            <translation>常數填充</translation>
        </message>
        <message>
            <source>constant weights</source>
            <translation>固定的權重</translation>
        </message>
        <message>
            <source>conversion</source>
            <translation>轉換</translation>
        </message>
        <message>
            <source>conversion to 8 bits</source>
            <translation>轉換為 8 位元</translation>
        </message>
        <message>
            <source>core dumps</source>
            <translation>核心傾印</translation>
        </message>
        <message>
            <source>cutting before the flatten</source>
            <translation>在攤平之前裁切</translation>
        </message>
        <message>
            <source>dense layers (nn.Linear)</source>
            <translation>全連接層（nn.Linear）</translation>
        </message>
        <message>
            <source>dense layers over the channels</source>
            <translation>對通道的全連接層</translation>
        </message>
        <message>
            <source>different names</source>
            <translation>不同的名稱</translation>
        </message>
        <message>
            <source>end given as an offset</source>
            <translation>以位移表示的終點</translation>
        </message>
        <message>
            <source>exported program</source>
            <translation>匯出的程式</translation>
        </message>
        <message>
            <source>faulty</source>
            <translation>故障</translation>
        </message>
        <message>
            <source>file size</source>
            <translation>檔案大小</translation>
        </message>
        <message>
            <source>finite numbers</source>
            <translation>有限的數字</translation>
        </message>
        <message>
            <source>front-end</source>
            <translation>前處理</translation>
        </message>
        <message>
            <source>groups=1 and dilation=1</source>
            <translation>groups=1 與 dilation=1</translation>
        </message>
        <message>
            <source>healthy</source>
            <translation>健康</translation>
        </message>
        <message>
            <source>hybrid quantisation (float input, INT8 weights); quantise the activations too</source>
            <translation>混合量化（浮點輸入、INT8 權重）；請連激活值一起量化</translation>
        </message>
        <message>
            <source>import</source>
            <translation>匯入</translation>
        </message>
        <message>
            <source>initial data</source>
            <translation>初始資料</translation>
        </message>
        <message>
            <source>it adds or removes dimensions</source>
            <translation>它增加或移除維度</translation>
        </message>
        <message>
            <source>it aligns corners, so that elements are repeated unequally often</source>
            <translation>它對齊角落，因此元素重複的次數不一</translation>
        </message>
        <message>
            <source>it cannot be reached ({1})</source>
            <translation>無法連線到它（{1}）</translation>
        </message>
        <message>
            <source>it changes the batch</source>
            <translation>它改變批次</translation>
        </message>
        <message>
            <source>it contracts an axis that is not the channels</source>
            <translation>它收縮的軸不是通道</translation>
        </message>
        <message>
            <source>it cuts (negative padding)</source>
            <translation>它會裁切（負的填充）</translation>
        </message>
        <message>
            <source>it cuts a flattened image</source>
            <translation>它裁切攤平的影像</translation>
        </message>
        <message>
            <source>it cuts, or pads the batch</source>
            <translation>它裁切或填充批次</translation>
        </message>
        <message>
            <source>it depends on the input</source>
            <translation>它取決於輸入</translation>
        </message>
        <message>
            <source>it does not enlarge an image or a signal</source>
            <translation>它沒有放大影像或訊號</translation>
        </message>
        <message>
            <source>it does not say into which sizes</source>
            <translation>它沒有說明要分成多大</translation>
        </message>
        <message>
            <source>it does not say which axes</source>
            <translation>它沒有說明哪些軸</translation>
        </message>
        <message>
            <source>it flattens an image that then moves on</source>
            <translation>它攤平影像之後又繼續處理</translation>
        </message>
        <message>
            <source>it has a batch of {1}; is batch_first missing</source>
            <translation>它的批次是 {1}；是不是少了 batch_first</translation>
        </message>
        <message>
            <source>it has a negative_slope and a max_value</source>
            <translation>它有 negative_slope 與 max_value</translation>
        </message>
        <message>
            <source>it has an output_padding</source>
            <translation>它有 output_padding</translation>
        </message>
        <message>
            <source>it has both of align_corners and half_pixel_centers, which torch cannot express</source>
            <translation>它同時有 align_corners 與 half_pixel_centers，torch 無法表達</translation>
        </message>
        <message>
            <source>it has channels first</source>
            <translation>它的通道在前</translation>
        </message>
        <message>
            <source>it has groups or is dilated</source>
            <translation>它有分組或擴張</translation>
        </message>
        <message>
            <source>it has more than one direction</source>
            <translation>它有一個以上的方向</translation>
        </message>
        <message>
            <source>it has neither of align_corners and half_pixel_centers, which torch cannot express</source>
            <translation>它既沒有 align_corners 也沒有 half_pixel_centers，torch 無法表達</translation>
        </message>
        <message>
            <source>it has no bounds</source>
            <translation>它沒有界限</translation>
        </message>
        <message>
            <source>it has no layer with weights</source>
            <translation>它沒有有權重的層</translation>
        </message>
        <message>
            <source>it has no slope</source>
            <translation>它沒有斜率</translation>
        </message>
        <message>
            <source>it has no weights</source>
            <translation>它沒有權重</translation>
        </message>
        <message>
            <source>it has peepholes</source>
            <translation>它有窺視孔連接（peephole）</translation>
        </message>
        <message>
            <source>it has several scales</source>
            <translation>它有多個比例</translation>
        </message>
        <message>
            <source>it has {1} dimensions</source>
            <translation>它有 {1} 個維度</translation>
        </message>
        <message>
            <source>it has {1} groups</source>
            <translation>它有 {1} 個分組</translation>
        </message>
        <message>
            <source>it has {1} operations</source>
            <translation>它有 {1} 個運算</translation>
        </message>
        <message>
            <source>it holds {1}</source>
            <translation>它含有 {1}</translation>
        </message>
        <message>
            <source>it interpolates</source>
            <translation>它會內插</translation>
        </message>
        <message>
            <source>it interpolates ({1})</source>
            <translation>它會內插（{1}）</translation>
        </message>
        <message>
            <source>it is depthwise with unequal strides {1}</source>
            <translation>它是深度卷積，但步幅 {1} 不相等</translation>
        </message>
        <message>
            <source>it is dilated</source>
            <translation>它有擴張</translation>
        </message>
        <message>
            <source>it is not a dense layer</source>
            <translation>它不是全連接層</translation>
        </message>
        <message>
            <source>it is not over all positions</source>
            <translation>它不是對所有位置計算</translation>
        </message>
        <message>
            <source>it is not over the channels</source>
            <translation>它不是對通道計算</translation>
        </message>
        <message>
            <source>it is over everything</source>
            <translation>它是對全部計算</translation>
        </message>
        <message>
            <source>it is over several axes at once</source>
            <translation>它同時對多個軸計算</translation>
        </message>
        <message>
            <source>it is over the batch</source>
            <translation>它是對批次計算</translation>
        </message>
        <message>
            <source>it joins flattened images along another axis</source>
            <translation>它沿著另一軸連接攤平的影像</translation>
        </message>
        <message>
            <source>it joins images that were flattened in two ways</source>
            <translation>它連接以兩種方式攤平的影像</translation>
        </message>
        <message>
            <source>it keeps its state from one call to the next (stateful)</source>
            <translation>它在兩次呼叫之間保留狀態（stateful）</translation>
        </message>
        <message>
            <source>it moves a flattened image</source>
            <translation>它移動攤平的影像</translation>
        </message>
        <message>
            <source>it pads by {1}</source>
            <translation>它以 {1} 填充</translation>
        </message>
        <message>
            <source>it picks several places</source>
            <translation>它取多個位置</translation>
        </message>
        <message>
            <source>it reads the sequence backwards or in both directions</source>
            <translation>它以反向或雙向讀取序列</translation>
        </message>
        <message>
            <source>it repeats more than single elements</source>
            <translation>它重複的不只是單一元素</translation>
        </message>
        <message>
            <source>it repeats {1} times, more than {2}</source>
            <translation>它重複 {1} 次，超過 {2} 次</translation>
        </message>
        <message>
            <source>it returns its state as well (return_state)</source>
            <translation>它也輸出狀態（return_state）</translation>
        </message>
        <message>
            <source>it reverses a flattened image</source>
            <translation>它反轉攤平的影像</translation>
        </message>
        <message>
            <source>it runs backwards or cuts a flattened image</source>
            <translation>它反向進行，或裁切攤平的影像</translation>
        </message>
        <message>
            <source>it takes nothing, or a part backwards</source>
            <translation>它什麼都不取，或反向取一部分</translation>
        </message>
        <message>
            <source>it transposes a flattened image</source>
            <translation>它轉置攤平的影像</translation>
        </message>
        <message>
            <source>it transposes its input</source>
            <translation>它轉置輸入</translation>
        </message>
        <message>
            <source>it would crash on {1}</source>
            <translation>它會因 {1} 而當掉</translation>
        </message>
        <message>
            <source>it would need the values of shape {1} in another order in memory</source>
            <translation>它需要形狀為 {1} 的數值以另一種記憶體順序排列</translation>
        </message>
        <message>
            <source>its activation is {1}</source>
            <translation>它的激活函數是 {1}</translation>
        </message>
        <message>
            <source>its activations or its clipping are unusual</source>
            <translation>它的激活函數或截斷方式不尋常</translation>
        </message>
        <message>
            <source>its axes do not exist</source>
            <translation>它的軸不存在</translation>
        </message>
        <message>
            <source>its axis does not exist</source>
            <translation>它的軸不存在</translation>
        </message>
        <message>
            <source>its axis is not one number</source>
            <translation>它的軸不是單一數字</translation>
        </message>
        <message>
            <source>its batch is {1}, not 1</source>
            <translation>它的批次是 {1}，不是 1</translation>
        </message>
        <message>
            <source>its batch sizes differ</source>
            <translation>它的批次大小不同</translation>
        </message>
        <message>
            <source>its begin does not match its input</source>
            <translation>它的起點與輸入不相符</translation>
        </message>
        <message>
            <source>its beta is not 1</source>
            <translation>它的 beta 不是 1</translation>
        </message>
        <message>
            <source>its bias does not match its channels</source>
            <translation>它的偏差與通道不相符</translation>
        </message>
        <message>
            <source>its bias must be constant</source>
            <translation>它的偏差必須是常數</translation>
        </message>
        <message>
            <source>its bounds are {1} and {2}</source>
            <translation>它的界限是 {1} 與 {2}</translation>
        </message>
        <message>
            <source>its cell limit is not a number</source>
            <translation>它的單元上限不是數字</translation>
        </message>
        <message>
            <source>its channels or batches change</source>
            <translation>它的通道或批次改變</translation>
        </message>
        <message>
            <source>its constant has {1} dimensions</source>
            <translation>它的常數有 {1} 個維度</translation>
        </message>
        <message>
            <source>its description is too large</source>
            <translation>它的描述太大</translation>
        </message>
        <message>
            <source>its factor is not whole</source>
            <translation>它的倍數不是整數</translation>
        </message>
        <message>
            <source>its factors are not fixed</source>
            <translation>它的倍數不固定</translation>
        </message>
        <message>
            <source>its factors are not whole</source>
            <translation>它的倍數不是整數</translation>
        </message>
        <message>
            <source>its feature weights do not match its input</source>
            <translation>它的特徵權重與輸入不相符</translation>
        </message>
        <message>
            <source>its first input is a constant</source>
            <translation>它的第一個輸入是常數</translation>
        </message>
        <message>
            <source>its first state comes from the network</source>
            <translation>它的初始狀態來自網路</translation>
        </message>
        <message>
            <source>its format is another one</source>
            <translation>它的格式不同</translation>
        </message>
        <message>
            <source>its groups do not divide its output channels</source>
            <translation>它的分組數無法整除輸出通道</translation>
        </message>
        <message>
            <source>its input and output have different scales</source>
            <translation>它的輸入與輸出比例不同</translation>
        </message>
        <message>
            <source>its input and output shapes differ</source>
            <translation>它的輸入與輸出形狀不同</translation>
        </message>
        <message>
            <source>its input and output types differ</source>
            <translation>它的輸入與輸出型別不同</translation>
        </message>
        <message>
            <source>its input does not have three dimensions</source>
            <translation>它的輸入不是三個維度</translation>
        </message>
        <message>
            <source>its input does not match its weights</source>
            <translation>它的輸入與權重不相符</translation>
        </message>
        <message>
            <source>its input has no dimension</source>
            <translation>它的輸入沒有維度</translation>
        </message>
        <message>
            <source>its input has {1} dimensions</source>
            <translation>它的輸入有 {1} 個維度</translation>
        </message>
        <message>
            <source>its input scale is too large</source>
            <translation>它的輸入比例太大</translation>
        </message>
        <message>
            <source>its input scale is too small</source>
            <translation>它的輸入比例太小</translation>
        </message>
        <message>
            <source>its input scale is too small or too large</source>
            <translation>它的輸入比例太小或太大</translation>
        </message>
        <message>
            <source>its input {1} is missing</source>
            <translation>缺少它的輸入 {1}</translation>
        </message>
        <message>
            <source>its inputs do not fill its output</source>
            <translation>它的輸入沒有填滿輸出</translation>
        </message>
        <message>
            <source>its inputs have different shapes</source>
            <translation>它的輸入形狀不同</translation>
        </message>
        <message>
            <source>its interpolation is {1}</source>
            <translation>它的內插方式是 {1}</translation>
        </message>
        <message>
            <source>its kernel, stride or dilation is not positive</source>
            <translation>它的核心、步幅或擴張不是正數</translation>
        </message>
        <message>
            <source>its last window hangs over the edge (ceil_mode)</source>
            <translation>它的最後一個窗口超出邊緣（ceil_mode）</translation>
        </message>
        <message>
            <source>its layout or its coupled gates are unusual</source>
            <translation>它的排列或耦合的閘不尋常</translation>
        </message>
        <message>
            <source>its merge_mode is {1}</source>
            <translation>它的 merge_mode 是 {1}</translation>
        </message>
        <message>
            <source>its mode is {1}</source>
            <translation>它的模式是 {1}</translation>
        </message>
        <message>
            <source>its option {1} is not a number</source>
            <translation>它的選項 {1} 不是數字</translation>
        </message>
        <message>
            <source>its output channels are no multiple of its input's</source>
            <translation>它的輸出通道不是輸入通道的倍數</translation>
        </message>
        <message>
            <source>its output does not have as many elements as its input</source>
            <translation>它的輸出元素數與輸入不同</translation>
        </message>
        <message>
            <source>its output does not match its weights</source>
            <translation>它的輸出與權重不相符</translation>
        </message>
        <message>
            <source>its output has another size</source>
            <translation>它的輸出大小不同</translation>
        </message>
        <message>
            <source>its output has {1} rows or columns, not {2}</source>
            <translation>它的輸出有 {1} 列或欄，不是 {2}</translation>
        </message>
        <message>
            <source>its output scale is too small for its input's</source>
            <translation>它的輸出比例相對於輸入太小</translation>
        </message>
        <message>
            <source>its output scale is too small for its inputs'</source>
            <translation>它的輸出比例相對於輸入太小</translation>
        </message>
        <message>
            <source>its output shape is another</source>
            <translation>它的輸出形狀不同</translation>
        </message>
        <message>
            <source>its output {1} is missing</source>
            <translation>缺少它的輸出 {1}</translation>
        </message>
        <message>
            <source>its outputs do not use up its input</source>
            <translation>它的輸出沒有用完輸入</translation>
        </message>
        <message>
            <source>its outputs have another shape or type</source>
            <translation>它的輸出是另一種形狀或型別</translation>
        </message>
        <message>
            <source>its padding is left to the runtime</source>
            <translation>它的填充留給執行時決定</translation>
        </message>
        <message>
            <source>its padding is not counted and is not TensorFlow's SAME</source>
            <translation>它的填充不計入，也不是 TensorFlow 的 SAME</translation>
        </message>
        <message>
            <source>its padding is uneven</source>
            <translation>它的填充不對稱</translation>
        </message>
        <message>
            <source>its padding value has another type</source>
            <translation>它的填充值是另一種型別</translation>
        </message>
        <message>
            <source>its padding value is not constant</source>
            <translation>它的填充值不是常數</translation>
        </message>
        <message>
            <source>its padding {1} is unknown</source>
            <translation>不認得它的填充 {1}</translation>
        </message>
        <message>
            <source>its paddings do not match its input</source>
            <translation>它的填充與輸入不相符</translation>
        </message>
        <message>
            <source>its permutation does not name each dimension once</source>
            <translation>它的排列沒有把每個維度各列一次</translation>
        </message>
        <message>
            <source>its range leaves the input</source>
            <translation>它的範圍超出輸入</translation>
        </message>
        <message>
            <source>its rank does not divide its filters</source>
            <translation>它的秩無法整除濾波器數</translation>
        </message>
        <message>
            <source>its recurrent_activation is {1}</source>
            <translation>它的 recurrent_activation 是 {1}</translation>
        </message>
        <message>
            <source>its reset gate acts before the matrix</source>
            <translation>它的重置閘在矩陣之前作用</translation>
        </message>
        <message>
            <source>its second operand is not a constant matrix</source>
            <translation>它的第二個運算元不是常數矩陣</translation>
        </message>
        <message>
            <source>its sequence has {1} steps, more than {2}</source>
            <translation>它的序列有 {1} 步，超過 {2} 步</translation>
        </message>
        <message>
            <source>its sequence has {1} steps; shorten it in front, with a stride or a pool, or cut the recording into shorter windows</source>
            <translation>它的序列有 {1} 步；請在前面以步幅或池化縮短，或把錄音切成較短的窗口</translation>
        </message>
        <message>
            <source>its sequences differ in length</source>
            <translation>它的序列長度不同</translation>
        </message>
        <message>
            <source>its shapes do not match</source>
            <translation>它的形狀不相符</translation>
        </message>
        <message>
            <source>its slope is not a number</source>
            <translation>它的斜率不是數字</translation>
        </message>
        <message>
            <source>its slope is {1}</source>
            <translation>它的斜率是 {1}</translation>
        </message>
        <message>
            <source>its slopes are not one per channel</source>
            <translation>它的斜率不是每個通道一個</translation>
        </message>
        <message>
            <source>its state does not start from zero</source>
            <translation>它的狀態不是從零開始</translation>
        </message>
        <message>
            <source>its state has another size</source>
            <translation>它的狀態大小不同</translation>
        </message>
        <message>
            <source>its state is not a variable</source>
            <translation>它的狀態不是變數</translation>
        </message>
        <message>
            <source>its tensors do not have four dimensions</source>
            <translation>它的張量不是四個維度</translation>
        </message>
        <message>
            <source>its threshold is not zero</source>
            <translation>它的門檻不是零</translation>
        </message>
        <message>
            <source>its variable has another size</source>
            <translation>它的變數大小不同</translation>
        </message>
        <message>
            <source>its weight scales do not match its channels</source>
            <translation>它的權重比例與通道不相符</translation>
        </message>
        <message>
            <source>its weights are empty</source>
            <translation>它的權重是空的</translation>
        </message>
        <message>
            <source>its weights are not a matrix</source>
            <translation>它的權重不是矩陣</translation>
        </message>
        <message>
            <source>its weights are shuffled</source>
            <translation>它的權重經過重新排列</translation>
        </message>
        <message>
            <source>its weights do not match</source>
            <translation>它的權重不相符</translation>
        </message>
        <message>
            <source>its weights do not match its input channels</source>
            <translation>它的權重與輸入通道不相符</translation>
        </message>
        <message>
            <source>its weights do not match its output</source>
            <translation>它的權重與輸出不相符</translation>
        </message>
        <message>
            <source>its weights do not match its output channels</source>
            <translation>它的權重與輸出通道不相符</translation>
        </message>
        <message>
            <source>its weights have a zero point other than 0</source>
            <translation>它的權重零點不是 0</translation>
        </message>
        <message>
            <source>its weights have no scale</source>
            <translation>它的權重沒有比例</translation>
        </message>
        <message>
            <source>its weights have {1} dimensions</source>
            <translation>它的權重有 {1} 個維度</translation>
        </message>
        <message>
            <source>its weights or its first state are computed at run time</source>
            <translation>它的權重或初始狀態在執行時才計算</translation>
        </message>
        <message>
            <source>its weights' scale is too large</source>
            <translation>它的權重比例太大</translation>
        </message>
        <message>
            <source>its window has {1} dimensions</source>
            <translation>它的窗口有 {1} 個維度</translation>
        </message>
        <message>
            <source>its {1} is a constant</source>
            <translation>它的 {1} 是常數</translation>
        </message>
        <message>
            <source>its {1} is not a list of integers</source>
            <translation>它的 {1} 不是整數清單</translation>
        </message>
        <message>
            <source>its {1} must be constant</source>
            <translation>它的 {1} 必須是常數</translation>
        </message>
        <message>
            <source>joining along the features</source>
            <translation>沿著特徵連接</translation>
        </message>
        <message>
            <source>kernels</source>
            <translation>運算核心</translation>
        </message>
        <message>
            <source>limit of processes</source>
            <translation>行程數上限</translation>
        </message>
        <message>
            <source>limit of {1}</source>
            <translation>{1:word}上限</translation>
        </message>
        <message>
            <source>mean</source>
            <translation>平均</translation>
        </message>
        <message>
            <source>memory</source>
            <translation>記憶體</translation>
        </message>
        <message>
            <source>more than 4096 classes</source>
            <translation>超過 4096 個類別</translation>
        </message>
        <message>
            <source>more than 65,536 rows or columns</source>
            <translation>超過 65,536 列或欄</translation>
        </message>
        <message>
            <source>more than five dimensions</source>
            <translation>超過五個維度</translation>
        </message>
        <message>
            <source>more than four dimensions</source>
            <translation>超過四個維度</translation>
        </message>
        <message>
            <source>networks that keep channels first up to a flatten before dense layers</source>
            <translation>在全連接層前的攤平之前都維持通道在前的網路</translation>
        </message>
        <message>
            <source>no network (namespaces)</source>
            <translation>無網路（命名空間）</translation>
        </message>
        <message>
            <source>no padding, or count_include_pad=True</source>
            <translation>沒有填充，或 count_include_pad=True</translation>
        </message>
        <message>
            <source>no programs, no sockets (seccomp)</source>
            <translation>不能執行程式與網路（seccomp）</translation>
        </message>
        <message>
            <source>no usual size suits it</source>
            <translation>沒有常用的大小適合它</translation>
        </message>
        <message>
            <source>none</source>
            <translation>無</translation>
        </message>
        <message>
            <source>not here</source>
            <translation>沒有</translation>
        </message>
        <message>
            <source>one direction, PyTorch's own activations, a state that starts from zero, at most {1} steps</source>
            <translation>單一方向、PyTorch 自己的激活函數、從零開始的狀態、最多 {1} 步</translation>
        </message>
        <message>
            <source>one fixed place, such as x[:, -1]</source>
            <translation>一個固定位置，例如 x[:, -1]</translation>
        </message>
        <message>
            <source>one group, or as many as input channels (depthwise)</source>
            <translation>一個分組，或與輸入通道數相同（深度卷積）</translation>
        </message>
        <message>
            <source>one number, or {1}: one per channel</source>
            <translation>一個數字，或 {1} 個：每個通道一個</translation>
        </message>
        <message>
            <source>one of {1}</source>
            <translation> {1} 之一</translation>
        </message>
        <message>
            <source>one of {1}, or a path</source>
            <translation> {1} 之一，或一個路徑</translation>
        </message>
        <message>
            <source>only its own files</source>
            <translation>只能讀自己的檔案</translation>
        </message>
        <message>
            <source>open files</source>
            <translation>開啟檔案數</translation>
        </message>
        <message>
            <source>operand {1} depends on the input</source>
            <translation>運算元 {1} 取決於輸入</translation>
        </message>
        <message>
            <source>operand {1} is a constant</source>
            <translation>運算元 {1} 是常數</translation>
        </message>
        <message>
            <source>operand {1} is computed at run time</source>
            <translation>運算元 {1} 在執行時才計算</translation>
        </message>
        <message>
            <source>operand {1} is missing</source>
            <translation>缺少運算元 {1}</translation>
        </message>
        <message>
            <source>operand {1} is not computed</source>
            <translation>運算元 {1} 不是計算出來的</translation>
        </message>
        <message>
            <source>or</source>
            <translation>或</translation>
        </message>
        <message>
            <source>padding in numbers</source>
            <translation>以數字指定的填充</translation>
        </message>
        <message>
            <source>padding of zero or more</source>
            <translation>零以上的填充</translation>
        </message>
        <message>
            <source>peepholes, a projection or layer normalisation</source>
            <translation>窺視孔連接、投影或層正規化</translation>
        </message>
        <message>
            <source>picture</source>
            <translation>圖片</translation>
        </message>
        <message>
            <source>pictures are usually brought to {1}</source>
            <translation>圖片通常調整到 {1}</translation>
        </message>
        <message>
            <source>platform</source>
            <translation>平台程式</translation>
        </message>
        <message>
            <source>power-on</source>
            <translation>上電</translation>
        </message>
        <message>
            <source>processor time</source>
            <translation>處理器時間</translation>
        </message>
        <message>
            <source>project.json of {1} is damaged: {2}.</source>
            <translation>{1} 的 project.json 已損壞：{2}。</translation>
        </message>
        <message>
            <source>project.json of {1} lacks something: {2}.</source>
            <translation>{1} 的 project.json 缺少內容：{2}。</translation>
        </message>
        <message>
            <source>project.json of {1} says front_end {2}.</source>
            <translation>{1} 的 project.json 中 front_end 是 {2}。</translation>
        </message>
        <message>
            <source>pyOCD does not know the {1} yet: its target pack is missing.</source>
            <translation>pyOCD 還不認得 {1}：缺少它的晶片支援套件。</translation>
        </message>
        <message>
            <source>pyOCD failed at {1}: {2}.</source>
            <translation>pyOCD 在 {1} 失敗：{2}。</translation>
        </message>
        <message>
            <source>quanta</source>
            <translation>級</translation>
        </message>
        <message>
            <source>read-out or write protection is on</source>
            <translation>讀取或寫入保護已開啟</translation>
        </message>
        <message>
            <source>reading recordings</source>
            <translation>讀取錄音</translation>
        </message>
        <message>
            <source>real board</source>
            <translation>實體開發板</translation>
        </message>
        <message>
            <source>real boards</source>
            <translation>實體開發板</translation>
        </message>
        <message>
            <source>recording</source>
            <translation>錄音</translation>
        </message>
        <message>
            <source>reset pin</source>
            <translation>重設腳位</translation>
        </message>
        <message>
            <source>reversing before the flatten</source>
            <translation>在攤平之前反轉</translation>
        </message>
        <message>
            <source>scale</source>
            <translation>縮放</translation>
        </message>
        <message>
            <source>several sizes suit it</source>
            <translation>有多個大小適合它</translation>
        </message>
        <message>
            <source>slope 1/6 and offset 1/2 (nn.Hardsigmoid)</source>
            <translation>斜率 1/6、位移 1/2（nn.Hardsigmoid）</translation>
        </message>
        <message>
            <source>software</source>
            <translation>軟體</translation>
        </message>
        <message>
            <source>symmetric or unit</source>
            <translation> symmetric 或 unit</translation>
        </message>
        <message>
            <source>table</source>
            <translation>表格</translation>
        </message>
        <message>
            <source>tables</source>
            <translation>表格</translation>
        </message>
        <message>
            <source>tensor {1} has a zero point outside its type</source>
            <translation>張量 {1} 的零點超出其型別</translation>
        </message>
        <message>
            <source>tensor {1} has no scale</source>
            <translation>張量 {1} 沒有比例</translation>
        </message>
        <message>
            <source>tensor {1} has one scale per channel</source>
            <translation>張量 {1} 每個通道各有一個比例</translation>
        </message>
        <message>
            <source>tensorflow: conversion</source>
            <translation>tensorflow：轉換</translation>
        </message>
        <message>
            <source>test</source>
            <translation>測試</translation>
        </message>
        <message>
            <source>the ST-LINK does not reach the chip</source>
            <translation>ST-LINK 連不到晶片</translation>
        </message>
        <message>
            <source>the connection broke after {1} of {2} MB</source>
            <translation>在 {1} MB（共 {2} MB）之後連線中斷</translation>
        </message>
        <message>
            <source>the custom operator {1} is not supported</source>
            <translation>不支援自訂運算子 {1}</translation>
        </message>
        <message>
            <source>the data file of an ONNX model</source>
            <translation> ONNX 模型的資料檔案</translation>
        </message>
        <message>
            <source>the drive does not take this file</source>
            <translation>磁碟不接受這個檔案</translation>
        </message>
        <message>
            <source>the file's quantised input holds {1} to {2}</source>
            <translation>檔案的量化輸入可容納 {1} 到 {2}</translation>
        </message>
        <message>
            <source>the microphone</source>
            <translation>麥克風</translation>
        </message>
        <message>
            <source>the network reads its cell</source>
            <translation>網路會讀取它的單元狀態</translation>
        </message>
        <message>
            <source>the numbers that training left in {1} suit pictures brought to {2}</source>
            <translation>訓練在 {1} 留下的數字，適合調整到 {2} 的圖片</translation>
        </message>
        <message>
            <source>the operator {1} is not supported</source>
            <translation>不支援運算子 {1}</translation>
        </message>
        <message>
            <source>the other side closed it</source>
            <translation>另一端關閉了連線</translation>
        </message>
        <message>
            <source>the reference on the host (Linux only)</source>
            <translation>電腦上的參考實作（僅限 Linux）</translation>
        </message>
        <message>
            <source>the same stride both ways</source>
            <translation>兩個方向相同的步幅</translation>
        </message>
        <message>
            <source>the server answers {1} {2}</source>
            <translation>伺服器回應 {1} {2}</translation>
        </message>
        <message>
            <source>the server goes on at another place</source>
            <translation>伺服器從另一個位置繼續</translation>
        </message>
        <message>
            <source>the server has another file</source>
            <translation>伺服器上是另一個檔案</translation>
        </message>
        <message>
            <source>the stack is full</source>
            <translation>堆疊已滿</translation>
        </message>
        <message>
            <source>the window</source>
            <translation>視窗</translation>
        </message>
        <message>
            <source>there is no operation {1}</source>
            <translation>沒有運算 {1}</translation>
        </message>
        <message>
            <source>time before batch</source>
            <translation>時間在批次之前</translation>
        </message>
        <message>
            <source>train</source>
            <translation>訓練</translation>
        </message>
        <message>
            <source>training</source>
            <translation>訓練</translation>
        </message>
        <message>
            <source>transposing before the flatten</source>
            <translation>在攤平之前轉置</translation>
        </message>
        <message>
            <source>validation</source>
            <translation>驗證</translation>
        </message>
        <message>
            <source>vectors</source>
            <translation>中斷向量</translation>
        </message>
        <message>
            <source>verification</source>
            <translation>驗證</translation>
        </message>
        <message>
            <source>virtual board</source>
            <translation>虛擬開發板</translation>
        </message>
        <message>
            <source>virtual boards</source>
            <translation>虛擬開發板</translation>
        </message>
        <message>
            <source>watchdog</source>
            <translation>看門狗</translation>
        </message>
        <message>
            <source>weights</source>
            <translation>權重</translation>
        </message>
        <message>
            <source>worker</source>
            <translation>工作</translation>
        </message>
        <message>
            <source>write to 0x{1}</source>
            <translation>寫入 0x{1}</translation>
        </message>
        <message>
            <source>zig compiler</source>
            <translation>zig 編譯器</translation>
        </message>
        <message>
            <source>{1} It has forgotten what the network remembers between inferences.</source>
            <translation>{1}它忘記了網路在各次推論之間記住的內容。</translation>
        </message>
        <message>
            <source>{1} Or use --on virtual.</source>
            <translation>{1}或使用 --on virtual。</translation>
        </message>
        <message>
            <source>{1} Steps that train (train, distill, prune, qat) are not offered for it.</source>
            <translation>{1}不提供需要訓練的步驟（train、distill、prune、qat）。</translation>
        </message>
        <message>
            <source>{1} The program on the board is incomplete.</source>
            <translation>{1}開發板上的程式不完整。</translation>
        </message>
        <message>
            <source>{1} Then name the port: --on {2}@PORT; thimble-cli ports lists them.</source>
            <translation>{1}然後指定序列埠：--on {2}@PORT；thimble-cli ports 會列出來。</translation>
        </message>
        <message>
            <source>{1} after {2} of {3} epochs; the best was epoch {4}.</source>
            <translation>{1}，在第 {2} 輪之後（共 {3} 輪）；最好的是第 {4} 輪。</translation>
        </message>
        <message>
            <source>{1} along axis {2}</source>
            <translation>沿第 {2} 軸 {1}</translation>
        </message>
        <message>
            <source>{1} along axis {2} and {3} along axis {4}</source>
            <translation>沿第 {2} 軸 {1}，沿第 {4} 軸 {3}</translation>
        </message>
        <message>
            <source>{1} already exists.</source>
            <translation>{1} 已經存在。</translation>
        </message>
        <message>
            <source>{1} and the tables after it cannot be read.</source>
            <translation>{1} 與其後的表格無法讀取。</translation>
        </message>
        <message>
            <source>{1} and {2} more</source>
            <translation>{1} 與另外 {2:number} 個</translation>
        </message>
        <message>
            <source>{1} at the start</source>
            <translation>開頭的 {1}</translation>
        </message>
        <message>
            <source>{1} boards are in DFU mode.</source>
            <translation>有 {1} 塊開發板在 DFU 模式。</translation>
        </message>
        <message>
            <source>{1} calculates with whole numbers: it is finished and cannot be trained.</source>
            <translation>{1} 以整數計算：它已完成，無法訓練。</translation>
        </message>
        <message>
            <source>{1} calibration samples are too few.</source>
            <translation>{1} 個校準樣本太少。</translation>
        </message>
        <message>
            <source>{1} calls subgraph {2}, which it does not have.</source>
            <translation>{1} 呼叫不存在的子圖 {2}。</translation>
        </message>
        <message>
            <source>{1} cannot be loaded: {2}.</source>
            <translation>{1} 無法載入：{2}。</translation>
        </message>
        <message>
            <source>{1} cannot be read as a firmware image: {2}.</source>
            <translation>{1} 無法當作韌體映像讀取：{2}。</translation>
        </message>
        <message>
            <source>{1} cannot be read as a picture.</source>
            <translation>{1} 無法當作圖片讀取。</translation>
        </message>
        <message>
            <source>{1} cannot be read as a recording.</source>
            <translation>{1} 無法當作錄音讀取。</translation>
        </message>
        <message>
            <source>{1} cannot be read as an .npz archive of plain numbers.</source>
            <translation>{1} 無法當作只含數字的 .npz 檔讀取。</translation>
        </message>
        <message>
            <source>{1} cannot be read as firmware: {2}.</source>
            <translation>{1} 無法當作韌體讀取：{2}。</translation>
        </message>
        <message>
            <source>{1} cannot be read as text.</source>
            <translation>{1} 無法當作文字讀取。</translation>
        </message>
        <message>
            <source>{1} cannot be read by Keras {2}.</source>
            <translation>Keras {2} 無法讀取 {1}。</translation>
        </message>
        <message>
            <source>{1} cannot be read.</source>
            <translation>{1} 無法讀取。</translation>
        </message>
        <message>
            <source>{1} cannot be read: {2}.</source>
            <translation>{1} 無法讀取：{2}。</translation>
        </message>
        <message>
            <source>{1} cannot be unpacked: {2}.</source>
            <translation>{1} 無法解開：{2}。</translation>
        </message>
        <message>
            <source>{1} cannot be written: {2}.</source>
            <translation>{1} 無法寫入：{2}。</translation>
        </message>
        <message>
            <source>{1} classes are named, but the network has {2} outputs.</source>
            <translation>列出了 {1} 個類別，但網路有 {2} 個輸出。</translation>
        </message>
        <message>
            <source>{1} computes a constant of more than a million numbers.</source>
            <translation>{1} 會計算超過一百萬個數字的常數。</translation>
        </message>
        <message>
            <source>{1} declares {2} numbers for {3} but holds {4}.</source>
            <translation>{1} 說 {3} 有 {2} 個數字，但只有 {4} 個。</translation>
        </message>
        <message>
            <source>{1} does not give {2}: {3} {4}.</source>
            <translation>{1} 沒有提供 {2}：{3} {4}。</translation>
        </message>
        <message>
            <source>{1} does not say the shape of its input, and {2}.</source>
            <translation>{1} 沒有說明輸入的形狀，而且{2}。</translation>
        </message>
        <message>
            <source>{1} drives of boards are here.</source>
            <translation>這裡有 {1} 個開發板的磁碟。</translation>
        </message>
        <message>
            <source>{1} ends with nothing with weights, not with a layer of classes.</source>
            <translation>{1} 的結尾沒有任何有權重的層，不是類別層。</translation>
        </message>
        <message>
            <source>{1} ends with {2}, not with a layer of classes.</source>
            <translation>{1} 的結尾是 {2}，不是類別層。</translation>
        </message>
        <message>
            <source>{1} ends within {2}.</source>
            <translation>{1} 在 {2} 中途結束。</translation>
        </message>
        <message>
            <source>{1} expects more in {2} than it holds.</source>
            <translation>{1} 預期 {2} 中有更多內容。</translation>
        </message>
        <message>
            <source>{1} failed at {2}: {3}</source>
            <translation>{1} 在 {2} 失敗：{3}</translation>
        </message>
        <message>
            <source>{1} filters never changed their output and are gone: {2}.</source>
            <translation>{1} 個濾波器的輸出從不變化，已移除：{2}。</translation>
        </message>
        <message>
            <source>{1} has a structure that cannot be followed.</source>
            <translation>{1} 的結構無法追蹤。</translation>
        </message>
        <message>
            <source>{1} has an array named {2}, but the network has no such input.</source>
            <translation>{1} 有名為 {2} 的陣列，但網路沒有這個輸入。</translation>
        </message>
        <message>
            <source>{1} has an input of shape {2}.</source>
            <translation>{1} 的輸入形狀是 {2}。</translation>
        </message>
        <message>
            <source>{1} has an output {2} that does not depend on the input.</source>
            <translation>{1} 的輸出 {2} 與輸入無關。</translation>
        </message>
        <message>
            <source>{1} has impossible settings ({2})</source>
            <translation>{1} 的設定不可能成立（{2}）</translation>
        </message>
        <message>
            <source>{1} has no DFU boot loader.</source>
            <translation>{1} 沒有 DFU 開機載入程式。</translation>
        </message>
        <message>
            <source>{1} has no array named {2}.</source>
            <translation>{1} 沒有名為 {2} 的陣列。</translation>
        </message>
        <message>
            <source>{1} has no converted model yet.</source>
            <translation>{1} 還沒有轉換後的模型。</translation>
        </message>
        <message>
            <source>{1} has no format version.</source>
            <translation>{1} 沒有格式版本。</translation>
        </message>
        <message>
            <source>{1} has no input or no output.</source>
            <translation>{1} 沒有輸入或沒有輸出。</translation>
        </message>
        <message>
            <source>{1} has no output.</source>
            <translation>{1} 沒有輸出。</translation>
        </message>
        <message>
            <source>{1} has not the size that its publisher announced; it was deleted.</source>
            <translation>{1} 的大小與發布者公告的不同；已刪除。</translation>
        </message>
        <message>
            <source>{1} has operators that cannot be imported: {2}.</source>
            <translation>{1} 有無法匯入的運算子：{2}。</translation>
        </message>
        <message>
            <source>{1} has schema version {2}, not 3.</source>
            <translation>{1} 的格式版本是 {2}，不是 3。</translation>
        </message>
        <message>
            <source>{1} has weights with a scale per block.</source>
            <translation>{1} 的權重每個區塊各有一個比例。</translation>
        </message>
        <message>
            <source>{1} has {2} MB, far more than a microcontroller holds.</source>
            <translation>{1} 有 {2} MB，遠超過微控制器的容量。</translation>
        </message>
        <message>
            <source>{1} has {2} MB, more than {3} MB that are read.</source>
            <translation>{1} 有 {2} MB，超過可讀取的 {3} MB。</translation>
        </message>
        <message>
            <source>{1} has {2} columns, the others have {3}.</source>
            <translation>{1} 有 {2} 欄，其他的有 {3} 欄。</translation>
        </message>
        <message>
            <source>{1} has {2} inputs and {3} outputs.</source>
            <translation>{1} 有 {2} 個輸入與 {3} 個輸出。</translation>
        </message>
        <message>
            <source>{1} has {2} inputs and {3} outputs; a data set gives one of each, so it cannot be trained here.</source>
            <translation>{1} 有 {2} 個輸入與 {3} 個輸出；資料集各只有一個，因此無法在這裡訓練。</translation>
        </message>
        <message>
            <source>{1} has {2} nodes.</source>
            <translation>{1} 有 {2} 個節點。</translation>
        </message>
        <message>
            <source>{1} holds Python code of its own ({2}); it was not loaded.</source>
            <translation>{1} 含有自己的 Python 程式碼（{2}）；沒有載入。</translation>
        </message>
        <message>
            <source>{1} holds Python objects, which could run code; it was not loaded.</source>
            <translation>{1} 含有 Python 物件，可能會執行程式碼；沒有載入。</translation>
        </message>
        <message>
            <source>{1} holds a link or a device: {2}.</source>
            <translation>{1} 含有連結或裝置：{2}。</translation>
        </message>
        <message>
            <source>{1} holds a link: {2}.</source>
            <translation>{1} 含有連結：{2}。</translation>
        </message>
        <message>
            <source>{1} holds more than {2} entries.</source>
            <translation>{1} 含有超過 {2} 個項目。</translation>
        </message>
        <message>
            <source>{1} holds more than {2} files.</source>
            <translation>{1} 含有超過 {2} 個檔案。</translation>
        </message>
        <message>
            <source>{1} holds no content for {2}.</source>
            <translation>{1} 沒有 {2} 的內容。</translation>
        </message>
        <message>
            <source>{1} holds no network.</source>
            <translation>{1} 沒有網路。</translation>
        </message>
        <message>
            <source>{1} holds no rows.</source>
            <translation>{1} 沒有資料列。</translation>
        </message>
        <message>
            <source>{1} holds no samples.</source>
            <translation>{1} 沒有樣本。</translation>
        </message>
        <message>
            <source>{1} holds no sound (0 samples).</source>
            <translation>{1} 沒有聲音（0 個取樣）。</translation>
        </message>
        <message>
            <source>{1} holds no subgraph.</source>
            <translation>{1} 沒有子圖。</translation>
        </message>
        <message>
            <source>{1} holds no test inputs.</source>
            <translation>{1} 沒有測試輸入。</translation>
        </message>
        <message>
            <source>{1} holds no test inputs: {2}.</source>
            <translation>{1} 沒有測試輸入：{2}。</translation>
        </message>
        <message>
            <source>{1} holds no weights.</source>
            <translation>{1} 沒有權重。</translation>
        </message>
        <message>
            <source>{1} holds nothing to write.</source>
            <translation>{1} 沒有可寫入的內容。</translation>
        </message>
        <message>
            <source>{1} holds only one class, {2}.</source>
            <translation>{1} 只有一個類別 {2}。</translation>
        </message>
        <message>
            <source>{1} holds other content than it says in {2}.</source>
            <translation>{1} 在 {2} 的內容與所說的不同。</translation>
        </message>
        <message>
            <source>{1} holds tensor {2} in buffer {3}, which does not exist.</source>
            <translation>{1} 的張量 {2} 在不存在的緩衝區 {3}。</translation>
        </message>
        <message>
            <source>{1} holds tensor {2} in sparse form.</source>
            <translation>{1} 的張量 {2} 是稀疏形式。</translation>
        </message>
        <message>
            <source>{1} holds tensor {2} of impossible size: {3}.</source>
            <translation>{1} 的張量 {2} 大小不可能成立：{3}。</translation>
        </message>
        <message>
            <source>{1} holds tensor {2} of type {3}, which no kernel reads.</source>
            <translation>{1} 的張量 {2} 是型別 {3}，沒有運算核心能讀取。</translation>
        </message>
        <message>
            <source>{1} holds tensor {2} with a scale that is zero, negative or not a number.</source>
            <translation>{1} 的張量 {2} 的比例是零、負數或不是數字。</translation>
        </message>
        <message>
            <source>{1} holds tensor {2} with a zero point outside 32 bits.</source>
            <translation>{1} 的張量 {2} 的零點超出 32 位元。</translation>
        </message>
        <message>
            <source>{1} holds tensor {2} with {3} dimensions.</source>
            <translation>{1} 的張量 {2} 有 {3} 個維度。</translation>
        </message>
        <message>
            <source>{1} holds tensor {2} with {3} scales but {4} zero points.</source>
            <translation>{1} 的張量 {2} 有 {3} 個比例，但有 {4} 個零點。</translation>
        </message>
        <message>
            <source>{1} holds tensor {2} with {3} scales for shape {4}, axis {5}.</source>
            <translation>{1} 的張量 {2} 有 {3} 個比例，形狀是 {4}，軸是 {5}。</translation>
        </message>
        <message>
            <source>{1} holds tensor {2} without a fixed shape: {3}.</source>
            <translation>{1} 的張量 {2} 沒有固定形狀：{3}。</translation>
        </message>
        <message>
            <source>{1} holds the operation {2}, which reaches outside the network; it was not loaded.</source>
            <translation>{1} 含有運算 {2}，它會存取網路以外的東西；沒有載入。</translation>
        </message>
        <message>
            <source>{1} holds values that are no numbers.</source>
            <translation>{1} 含有不是數字的值。</translation>
        </message>
        <message>
            <source>{1} holds weights but no network.</source>
            <translation>{1} 有權重但沒有網路。</translation>
        </message>
        <message>
            <source>{1} holds {2} bytes for tensor {3}, whose shape needs {4}.</source>
            <translation>{1} 有 {2} 位元組給張量 {3}，它的形狀需要 {4}。</translation>
        </message>
        <message>
            <source>{1} holds {2} entries, more than {3}.</source>
            <translation>{1} 含有 {2} 個項目，超過 {3} 個。</translation>
        </message>
        <message>
            <source>{1} holds {2} in bytes of another entry.</source>
            <translation>{1} 的 {2} 位於另一個項目的位元組中。</translation>
        </message>
        <message>
            <source>{1} holds {2} tensors ({3}...) of a network that Thimble does not know.</source>
            <translation>{1} 有 {2} 個張量（{3}...），屬於 Thimble 不認得的網路。</translation>
        </message>
        <message>
            <source>{1} holds {2} twice.</source>
            <translation>{1} 含有兩次 {2}。</translation>
        </message>
        <message>
            <source>{1} in layer {2} (torch module {3}) cannot be converted: {4}.</source>
            <translation>層 {2}（torch 模組 {3}）的 {1} 無法轉換：{4}。</translation>
        </message>
        <message>
            <source>{1} in layer {2} cannot be converted: {3}.</source>
            <translation>層 {2} 的 {1} 無法轉換：{3}。</translation>
        </message>
        <message>
            <source>{1} in layer {2} has no 8-bit form.</source>
            <translation>層 {2} 的 {1} 沒有 8 位元形式。</translation>
        </message>
        <message>
            <source>{1} in torch module of the network cannot be converted: it projects its state (proj_size).</source>
            <translation>網路這個 torch 模組的 {1} 無法轉換：它會投影狀態（proj_size）。</translation>
        </message>
        <message>
            <source>{1} in torch module of the network cannot be converted: it reads the sequence in both directions.</source>
            <translation>網路這個 torch 模組的 {1} 無法轉換：它以雙向讀取序列。</translation>
        </message>
        <message>
            <source>{1} in torch module of the network cannot be converted: only LSTM and GRU have a form on the chip.</source>
            <translation>網路這個 torch 模組的 {1} 無法轉換：只有 LSTM 與 GRU 有在晶片上的形式。</translation>
        </message>
        <message>
            <source>{1} in torch module {2} cannot be converted: it projects its state (proj_size).</source>
            <translation>torch 模組 {2} 的 {1} 無法轉換：它會投影狀態（proj_size）。</translation>
        </message>
        <message>
            <source>{1} in torch module {2} cannot be converted: it reads the sequence in both directions.</source>
            <translation>torch 模組 {2} 的 {1} 無法轉換：它以雙向讀取序列。</translation>
        </message>
        <message>
            <source>{1} in torch module {2} cannot be converted: only LSTM and GRU have a form on the chip.</source>
            <translation>torch 模組 {2} 的 {1} 無法轉換：只有 LSTM 與 GRU 有在晶片上的形式。</translation>
        </message>
        <message>
            <source>{1} input with {2} output</source>
            <translation>{1} 輸入搭配 {2} 輸出</translation>
        </message>
        <message>
            <source>{1} is a Git LFS pointer, not a {2}: run `git lfs pull`.</source>
            <translation>{1} 是 Git LFS 指標，不是{2:word}：請執行 `git lfs pull`。</translation>
        </message>
        <message>
            <source>{1} is a Git LFS pointer, not the model itself.</source>
            <translation>{1} 是 Git LFS 指標，不是模型本身。</translation>
        </message>
        <message>
            <source>{1} is a TorchScript program, not a file of weights.</source>
            <translation>{1} 是 TorchScript 程式，不是權重檔案。</translation>
        </message>
        <message>
            <source>{1} is a copy of {2} although their classes differ ({3}, {4}): left out.</source>
            <translation>{1} 是 {2} 的複本，但兩者類別不同（{3}、{4}）：已略過。</translation>
        </message>
        <message>
            <source>{1} is a copy of {2}: left out.</source>
            <translation>{1} 是 {2} 的複本：已略過。</translation>
        </message>
        <message>
            <source>{1} is a damaged archive: {2}.</source>
            <translation>{1} 是損壞的封存檔：{2}。</translation>
        </message>
        <message>
            <source>{1} is a folder, not {2}.</source>
            <translation>{1} 是資料夾，不是{2}。</translation>
        </message>
        <message>
            <source>{1} is a folder.</source>
            <translation>{1} 是資料夾。</translation>
        </message>
        <message>
            <source>{1} is a {2} file, which may hold code that runs when the file is read.</source>
            <translation>{1} 是 {2} 檔案，其中可能含有讀取檔案時就會執行的程式碼。</translation>
        </message>
        <message>
            <source>{1} is an exported program (.pt2), not a file of weights.</source>
            <translation>{1} 是匯出的程式（.pt2），不是權重檔案。</translation>
        </message>
        <message>
            <source>{1} is an {2}, which may hold code that runs when the file is read.</source>
            <translation>{1} 是 {2:word}，其中可能含有讀取檔案時就會執行的程式碼。</translation>
        </message>
        <message>
            <source>{1} is damaged.</source>
            <translation>{1} 已損壞。</translation>
        </message>
        <message>
            <source>{1} is damaged: its graph contradicts itself.</source>
            <translation>{1} 已損壞：它的圖自相矛盾。</translation>
        </message>
        <message>
            <source>{1} is damaged: its tables point outside the file.</source>
            <translation>{1} 已損壞：它的表格指到檔案之外。</translation>
        </message>
        <message>
            <source>{1} is damaged: {2}.</source>
            <translation>{1} 已損壞：{2}。</translation>
        </message>
        <message>
            <source>{1} is damaged; it was not loaded.</source>
            <translation>{1} 已損壞；沒有載入。</translation>
        </message>
        <message>
            <source>{1} is empty (0 bytes): record it again or delete it.</source>
            <translation>{1} 是空的（0 位元組）：請重新錄製或刪除。</translation>
        </message>
        <message>
            <source>{1} is empty.</source>
            <translation>{1} 是空的。</translation>
        </message>
        <message>
            <source>{1} is no drive of a board: it has neither MBED.HTM nor INFO_UF2.TXT.</source>
            <translation>{1} 不是開發板的磁碟：沒有 MBED.HTM，也沒有 INFO_UF2.TXT。</translation>
        </message>
        <message>
            <source>{1} is no longer there.</source>
            <translation>{1} 已經不在那裡。</translation>
        </message>
        <message>
            <source>{1} is no sample here.</source>
            <translation>{1} 不是這裡的樣本。</translation>
        </message>
        <message>
            <source>{1} is no setting.</source>
            <translation>{1} 不是設定。</translation>
        </message>
        <message>
            <source>{1} is not a Keras model.</source>
            <translation>{1} 不是 Keras 模型。</translation>
        </message>
        <message>
            <source>{1} is not a Keras network.</source>
            <translation>{1} 不是 Keras 網路。</translation>
        </message>
        <message>
            <source>{1} is not a PyTorch checkpoint.</source>
            <translation>{1} 不是 PyTorch 檢查點。</translation>
        </message>
        <message>
            <source>{1} is not a SavedModel.</source>
            <translation>{1} 不是 SavedModel。</translation>
        </message>
        <message>
            <source>{1} is not a TFLite model.</source>
            <translation>{1} 不是 TFLite 模型。</translation>
        </message>
        <message>
            <source>{1} is not a Thimble project: it has no project.json.</source>
            <translation>{1} 不是 Thimble 專案：沒有 project.json。</translation>
        </message>
        <message>
            <source>{1} is not a data file that Thimble reads.</source>
            <translation>{1} 不是 Thimble 能讀取的資料檔案。</translation>
        </message>
        <message>
            <source>{1} is not a model file that Thimble reads.</source>
            <translation>{1} 不是 Thimble 能讀取的模型檔案。</translation>
        </message>
        <message>
            <source>{1} is not a telemetry recording of this version.</source>
            <translation>{1} 不是這個版本的遙測紀錄。</translation>
        </message>
        <message>
            <source>{1} is not an ONNX model.</source>
            <translation>{1} 不是 ONNX 模型。</translation>
        </message>
        <message>
            <source>{1} is not built yet.</source>
            <translation>{1} 還沒有建置。</translation>
        </message>
        <message>
            <source>{1} is not installed: there is no {2} on PATH.</source>
            <translation>{1} 沒有安裝：PATH 中沒有 {2}。</translation>
        </message>
        <message>
            <source>{1} is not the file that its publisher announced: its checksum differs. It was deleted.</source>
            <translation>{1} 不是發布者公告的檔案：檢查碼不同。已刪除。</translation>
        </message>
        <message>
            <source>{1} is not truthful about the size of {2}.</source>
            <translation>{1} 所說的 {2} 的大小不實。</translation>
        </message>
        <message>
            <source>{1} is not verified yet.</source>
            <translation>{1} 還沒有驗證。</translation>
        </message>
        <message>
            <source>{1} is too large or holds links.</source>
            <translation>{1} 太大，或含有連結。</translation>
        </message>
        <message>
            <source>{1} is truncated or damaged: a table is longer than the file.</source>
            <translation>{1} 不完整或已損壞：有一個表格比檔案還長。</translation>
        </message>
        <message>
            <source>{1} is truncated: tensor {2} lies at byte {3}, beyond its end.</source>
            <translation>{1} 不完整：張量 {2} 位於第 {3} 位元組，超出檔案結尾。</translation>
        </message>
        <message>
            <source>{1} is used as it is: it needs no samples for its ranges.</source>
            <translation>{1} 會原樣使用：它的範圍不需要樣本。</translation>
        </message>
        <message>
            <source>{1} is {2}, but PyTorch finds {3} GPUs here.</source>
            <translation>{1} 是 {2}，但 PyTorch 在這裡找到 {3} 個 GPU。</translation>
        </message>
        <message>
            <source>{1} is {2}, but must be {3}.</source>
            <translation>{1:word}是 {2}，但必須是{3}。</translation>
        </message>
        <message>
            <source>{1} keeps its weights behind a link.</source>
            <translation>{1} 把權重放在連結之後。</translation>
        </message>
        <message>
            <source>{1} keeps its weights outside its own folder.</source>
            <translation>{1} 把權重放在自己的資料夾之外。</translation>
        </message>
        <message>
            <source>{1} leaves the size of its input open.</source>
            <translation>{1} 沒有固定輸入的大小。</translation>
        </message>
        <message>
            <source>{1} leaves the size of its input {2} open ({3}).</source>
            <translation>{1} 沒有固定輸入 {2} 的大小（{3}）。</translation>
        </message>
        <message>
            <source>{1} made its reader crash (status {2}).</source>
            <translation>{1} 讓讀取它的程式當掉（狀態 {2}）。</translation>
        </message>
        <message>
            <source>{1} made its reader say something senseless.</source>
            <translation>{1} 讓讀取它的程式輸出沒有意義的內容。</translation>
        </message>
        <message>
            <source>{1} made its reader say too much.</source>
            <translation>{1} 讓讀取它的程式輸出太多。</translation>
        </message>
        <message>
            <source>{1} made its reader write a file that does not belong to a result.</source>
            <translation>{1} 讓讀取它的程式寫出不屬於結果的檔案。</translation>
        </message>
        <message>
            <source>{1} made its reader write too many files.</source>
            <translation>{1} 讓讀取它的程式寫出太多檔案。</translation>
        </message>
        <message>
            <source>{1} made its reader write too much.</source>
            <translation>{1} 讓讀取它的程式寫出太多內容。</translation>
        </message>
        <message>
            <source>{1} names a place outside itself: {2}.</source>
            <translation>{1} 指到自己以外的位置：{2}。</translation>
        </message>
        <message>
            <source>{1} names no chip that a probe could program.</source>
            <translation>{1} 沒有註明除錯器可燒錄的晶片。</translation>
        </message>
        <message>
            <source>{1} needs more memory or files than a model of its size may have.</source>
            <translation>{1} 需要的記憶體或檔案超過這個大小的模型應有的量。</translation>
        </message>
        <message>
            <source>{1} needs more than the {2} MB that its reader may have.</source>
            <translation>{1} 需要的記憶體超過讀取程式可用的 {2} MB。</translation>
        </message>
        <message>
            <source>{1} needs {2} MB with everything unpacked, the disk of {3} has {4} MB left.</source>
            <translation>{1} 全部解開需要 {2} MB，{3} 所在的磁碟只剩 {4} MB。</translation>
        </message>
        <message>
            <source>{1} of {2} files are of no use: {3}</source>
            <translation>{1} 個檔案無法使用，共 {2} 個：{3}</translation>
        </message>
        <message>
            <source>{1} only writes firmware: where it is heard is not known.</source>
            <translation>{1} 只能寫入韌體：不知道要從哪裡接收訊息。</translation>
        </message>
        <message>
            <source>{1} probes are plugged in.</source>
            <translation>接上了 {1} 個除錯器。</translation>
        </message>
        <message>
            <source>{1} promises tensor {2} as an output but never makes it.</source>
            <translation>{1} 說張量 {2} 是輸出，卻沒有產生它。</translation>
        </message>
        <message>
            <source>{1} reads or replaces a tensor out of order</source>
            <translation>{1} 讀取或取代張量的順序不對</translation>
        </message>
        <message>
            <source>{1} reads tensor {2} before any operator has made it.</source>
            <translation>{1} 在任何運算子產生張量 {2} 之前就讀取它。</translation>
        </message>
        <message>
            <source>{1} reads {2} before anything computes it (a cycle, or an unsorted graph).</source>
            <translation>{1} 在算出 {2} 之前就讀取它（有循環，或圖的順序不對）。</translation>
        </message>
        <message>
            <source>{1} recordings have several channels: the first one is used.</source>
            <translation>{1} 個錄音有多個聲道：使用第一個。</translation>
        </message>
        <message>
            <source>{1} refers to tensor {2} of {3}.</source>
            <translation>{1} 參照張量 {2}，但只有 {3} 個。</translation>
        </message>
        <message>
            <source>{1} sends more than the {2} MB that belong to this file.</source>
            <translation>{1} 送出的內容超過這個檔案應有的 {2} MB。</translation>
        </message>
        <message>
            <source>{1} takes inputs of {2}, but one sample here has {3}.</source>
            <translation>{1} 接受 {2} 的輸入，但這裡的一個樣本是 {3}。</translation>
        </message>
        <message>
            <source>{1} takes {2} as {3}.</source>
            <translation>{1} 的 {3} 接受的是 {2}。</translation>
        </message>
        <message>
            <source>{1} took more than {2} s of processor time to read.</source>
            <translation>讀取 {1} 花了超過 {2} 秒的處理器時間。</translation>
        </message>
        <message>
            <source>{1} trains with ImageNet's mean and deviation</source>
            <translation>{1} 以 ImageNet 的平均值與標準差訓練</translation>
        </message>
        <message>
            <source>{1} tried to reach what a model does not need: {2}.</source>
            <translation>{1} 想存取模型不需要的東西：{2}。</translation>
        </message>
        <message>
            <source>{1} unpacks to more than {2} MB.</source>
            <translation>{1} 解開後超過 {2} MB。</translation>
        </message>
        <message>
            <source>{1} unpacks to {2} MB, more than a microcontroller ever holds.</source>
            <translation>{1} 解開後超過 {2} MB，微控制器從來放不下這麼多。</translation>
        </message>
        <message>
            <source>{1} unpacks to {2} MB, more than {3} MB.</source>
            <translation>{1} 解開後有 {2} MB，超過 {3} MB。</translation>
        </message>
        <message>
            <source>{1} unpacks to {2} times its size.</source>
            <translation>{1} 解開後是原大小的 {2} 倍。</translation>
        </message>
        <message>
            <source>{1} uses ONNX opset {2}; Thimble reads {3} to {4}.</source>
            <translation>{1} 使用 ONNX opset {2}；Thimble 可讀取 {3} 到 {4}。</translation>
        </message>
        <message>
            <source>{1} uses files while it runs ({2}), which no network needs.</source>
            <translation>{1} 執行時會使用檔案（{2}），網路並不需要。</translation>
        </message>
        <message>
            <source>{1} uses operator code {2}, which does not exist.</source>
            <translation>{1} 使用不存在的運算子代碼 {2}。</translation>
        </message>
        <message>
            <source>{1} was made by a newer Thimble (format {2}, this one reads up to {3}).</source>
            <translation>{1} 由較新的 Thimble 建立（格式 {2}，此版本最多讀取 {3}）。</translation>
        </message>
        <message>
            <source>{1} was not read within {2} s.</source>
            <translation>{1} 沒有在 {2} 秒內讀完。</translation>
        </message>
        <message>
            <source>{1} was verified with an older model, recipe or data set.</source>
            <translation>{1} 是以較舊的模型、配方或資料集驗證的。</translation>
        </message>
        <message>
            <source>{1} where {2} is needed</source>
            <translation>在需要 {2} 的地方是 {1}</translation>
        </message>
        <message>
            <source>{1} with {2}</source>
            <translation>{1} 因為{2}</translation>
        </message>
        <message>
            <source>{1} would write outside its folder.</source>
            <translation>{1} 會寫出自己的資料夾之外。</translation>
        </message>
        <message>
            <source>{1} writes tensor {2} twice or over a constant or an input.</source>
            <translation>{1} 寫入張量 {2} 兩次，或覆寫常數或輸入。</translation>
        </message>
        <message>
            <source>{1}: does it fit?</source>
            <translation>{1}：放得下嗎？</translation>
        </message>
        <message>
            <source>{1}: inputs must be numbers of shape (n, ...), not {2} {3}.</source>
            <translation>{1}：輸入必須是形狀為 (n, ...) 的數字，不是 {2} {3}。</translation>
        </message>
        <message>
            <source>{1}: it fits and is trained.</source>
            <translation>{1}：放得下，正在訓練。</translation>
        </message>
        <message>
            <source>{1}: label {2} has no name among {3} classes.</source>
            <translation>{1}：標籤 {2} 在 {3} 個類別中沒有名稱。</translation>
        </message>
        <message>
            <source>{1}: line {2} holds something that is not a number.</source>
            <translation>{1}：第 {2} 行含有不是數字的內容。</translation>
        </message>
        <message>
            <source>{1}: needs {2} KB, board has {3} KB.</source>
            <translation>{1}：需要 {2} KB，開發板有 {3} KB。</translation>
        </message>
        <message>
            <source>{1}: needs {2} KB, {3} has {4} KB.</source>
            <translation>{1}：需要 {2} KB，{3} 有 {4} KB。</translation>
        </message>
        <message>
            <source>{1}: row {2} has {3} columns, the first has {4}.</source>
            <translation>{1}：第 {2} 列有 {3} 欄，第一列有 {4} 欄。</translation>
        </message>
        <message>
            <source>{1}: sample {2} has {3} columns, the first has {4}.</source>
            <translation>{1}：樣本 {2} 有 {3} 欄，第一個有 {4} 欄。</translation>
        </message>
        <message>
            <source>{1}: the constant {2} cannot be computed.</source>
            <translation>{1}：常數 {2} 無法計算。</translation>
        </message>
        <message>
            <source>{1}: the inputs hold values that are no numbers (NaN or infinite).</source>
            <translation>{1}：輸入含有不是數字的值（NaN 或無限大）。</translation>
        </message>
        <message>
            <source>{1}: the numbers of {2} cannot be read.</source>
            <translation>{1}：{2} 的數字無法讀取。</translation>
        </message>
        <message>
            <source>{1}: the result of {2} would have {3} elements.</source>
            <translation>{1}：{2} 的結果會有 {3} 個元素。</translation>
        </message>
        <message>
            <source>{1}: {2} ({3}) cannot take an input of {4}.</source>
            <translation>{1}：{2}（{3}）無法接受 {4} 的輸入。</translation>
        </message>
        <message>
            <source>{1}: {2} has shape {3}, but there are {4} inputs.</source>
            <translation>{1}：{2} 的形狀是 {3}，但有 {4} 個輸入。</translation>
        </message>
        <message>
            <source>{1}: {2} has the shape {3}, but the network takes (samples, {4}).</source>
            <translation>{1}：{2} 的形狀是 {3}，但網路接受的是（樣本數, {4}）。</translation>
        </message>
        <message>
            <source>{1}: {2} has {3} samples, but {4} has {5}.</source>
            <translation>{1}：{2} 有 {3} 個樣本，但 {4} 有 {5} 個。</translation>
        </message>
        <message>
            <source>{1}: {2} holds a number that is not finite.</source>
            <translation>{1}：{2} 含有不是有限的數字。</translation>
        </message>
        <message>
            <source>{1}: {2} holds no sample.</source>
            <translation>{1}：{2} 沒有樣本。</translation>
        </message>
        <message>
            <source>{1}: {2} holds {3}, not real numbers.</source>
            <translation>{1}：{2} 的內容是 {3}，不是實數。</translation>
        </message>
        <message>
            <source>{1}: {2} in layer {3} cannot be imported: {4}.</source>
            <translation>{1}：層 {3} 的 {2} 無法匯入：{4}。</translation>
        </message>
        <message>
            <source>{1}: {2} of constants in {3} cannot be imported.</source>
            <translation>{1}：{3} 中常數的 {2} 無法匯入。</translation>
        </message>
        <message>
            <source>{1}: {2} reshapes {3} to {4}.</source>
            <translation>{1}：{2} 把 {3} 重新排成 {4}。</translation>
        </message>
    </context>
</TS>
